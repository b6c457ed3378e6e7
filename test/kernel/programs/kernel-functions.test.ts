/** Programs on functions and hooks of the kernel's, where it allows them: each is attached, and runs. */
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { arch, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import { BpfError, type Link, probe } from "tinybpf";
import { beforeAll, expect, test } from "vitest";
import { Probes, type ProbesConfig } from "../../golden/probes.skel.ts";
import { StructOps } from "../../golden/struct_ops.skel.ts";
import { enterNamespaces, mountTracefs, run } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { config, type KernelFeature, lacking, linux, needsKernel, securityModule } from "../this-kernel.ts";

type Programs = Probes["programs"];

/** Loads one of the programs, to look at this process alone. */
function load(name: keyof Programs): Probes {
  const programs: NonNullable<ProbesConfig["programs"]> = { [name]: { autoload: true } };
  return Probes.load({ programs, rodata: { target_pid: process.pid } });
}

/** Calls `vfs_unlink` in the kernel, through the system call unlink, or unlinkat. */
function unlink(): void {
  const path = join(tmpdir(), `tinybpf-unlink-${process.pid}`);
  writeFileSync(path, "");
  rmSync(path);
}

// A kernel's own names: a kprobe event source, without which no kprobe can be made whatever the options say.
const kprobes: KernelFeature[] = [config("CONFIG_KPROBES"), config("CONFIG_KPROBE_EVENTS")];
const cookies = linux("5.15");
/** Some hosts filter the system call bpf: they let no program of this type through, whoever loads it. */
const permitted: KernelFeature = () => {
  // The machines of test/vm do not.
  if (process.env["TINYBPF_VM"] === "1") return undefined;
  try {
    load("on_function").close();
    return undefined;
  } catch (error) {
    return error instanceof BpfError && error.code === "EPERM"
      ? "needs a host that does not forbid fentry programs"
      : undefined;
  }
};
const trampolines: KernelFeature[] = [
  permitted,
  linux("5.5", "x64"),
  linux("6.4", "arm64"),
  config("CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"),
];
// On arm64, hooks are called through trampolines of functions, as above.
const bpfLsm: KernelFeature[] = [
  linux("5.7"),
  linux("6.4", "arm64"),
  config("CONFIG_BPF_LSM"),
  securityModule("bpf"),
];

describeKernel("programs on the kernel's functions", () => {
  beforeAll(() => {
    enterNamespaces();
    mountTracefs();
    run("mount", "-t", "tmpfs", "none", tmpdir());
  });

  const attached: readonly [
    string,
    readonly KernelFeature[],
    keyof Programs,
    (programs: Programs) => Link,
  ][] = [
    ["kprobe", kprobes, "on_entry", ({ on_entry }) => on_entry.attach()],
    ["kretprobe", kprobes, "on_return", ({ on_return }) => on_return.attach("vfs_unlink")],
    [
      "kprobe.multi",
      [linux("5.18"), config("CONFIG_FPROBE")],
      "on_many",
      ({ on_many }) => on_many.attach({ functions: ["vfs_unlink"] }),
    ],
    [
      "ksyscall",
      kprobes,
      "on_syscall",
      // arm64 has but one of the two, which its C library calls for both.
      ({ on_syscall }) => on_syscall.attach(arch() === "arm64" ? "unlinkat" : "unlink"),
    ],
    ["fentry", trampolines, "on_function", ({ on_function }) => on_function.attach()],
    ["fexit", trampolines, "on_function_exit", ({ on_function_exit }) => on_function_exit.attach()],
  ];

  test.for(attached)("%s runs until it is closed", ([, features, name, attach], context) => {
    needsKernel(context, ...features);
    using probes = load(name);
    const link = attach(probes.programs);
    unlink();
    const { hits } = probes.bss;
    expect(hits).toBeGreaterThan(0n);
    link.close();
    unlink();
    expect(probes.bss.hits).toBe(hits);
  });

  const withCookies: readonly [
    string,
    readonly KernelFeature[],
    keyof Programs,
    (programs: Programs, cookie: bigint) => Link,
  ][] = [
    [
      "kprobe",
      [...kprobes, cookies],
      "on_entry",
      ({ on_entry }, cookie) => on_entry.attach({ function: "vfs_unlink", cookie }),
    ],
    [
      "kprobe, on return",
      [...kprobes, cookies],
      "on_entry",
      ({ on_entry }, cookie) => on_entry.attach({ function: "vfs_unlink", retprobe: true, cookie }),
    ],
    [
      "kprobe.multi",
      [linux("5.18"), config("CONFIG_FPROBE")],
      "on_many",
      ({ on_many }, cookie) =>
        on_many.attach({ functions: ["vfs_rmdir", "vfs_unlink"], cookies: [1n, cookie] }),
    ],
    [
      "fentry",
      [...trampolines, linux("5.19")],
      "on_function",
      ({ on_function }, cookie) => on_function.attach({ cookie }),
    ],
  ];

  test.for(withCookies)("%s knows its cookie", ([, features, name, attach], context) => {
    needsKernel(context, ...features);
    using probes = load(name);
    using _link = attach(probes.programs, 2n ** 63n + 5n);
    unlink();
    expect(probes.bss.cookie).toBe(2n ** 63n + 5n);
  });

  test("kprobe.multi: every function of a pattern", (context) => {
    needsKernel(context, linux("5.18"), config("CONFIG_FPROBE"));
    using probes = load("on_many");
    using link = probes.programs.on_many.attach();
    unlink();
    // At least opening, writing, and unlinking.
    expect(probes.bss.hits).toBeGreaterThan(2n);
    if (lacking(linux("6.6")) === undefined)
      expect(link.info).toMatchObject({ type: "kprobe_multi", count: expect.any(Number) as number });
  });

  test.for([
    ["fmod_ret", trampolines, "refuse_nice"],
    ["lsm", bpfLsm, "refuse_nice_as_lsm"],
  ] as const)("%s decides what the kernel's function returns", ([, features, name], context) => {
    needsKernel(context, ...features);
    setPriority(5);
    using probes = load(name);
    const link = probes.programs[name].attach();
    expect(() => setPriority(6)).toThrow(/EPERM|operation not permitted/i);
    expect(probes.bss.hits).toBeGreaterThan(0n);
    link.close();
    setPriority(6);
    setPriority(0);
  });

  test("lsm: where bpf is no active security module, attaching is an error, since it would never run", (context) => {
    needsKernel(context, ...bpfLsm);
    using probes = load("refuse_nice_as_lsm");
    const list = "/sys/kernel/security/lsm";
    const others = join(tmpdir(), "lsm");
    writeFileSync(others, "landlock,yama");
    run("mount", "--bind", others, list);
    try {
      const message =
        /^cannot attach program refuse_nice_as_lsm to lsm\/task_setnice: .*\n {2}bpf is none of the active security modules \(landlock, yama\)/;
      expect(() => probes.programs.refuse_nice_as_lsm.attach()).toThrow(message);
      expect(() => probes.attach()).toThrow(message);
      expect(probe({ attach: "lsm_mac" })).toBe("unsupported");
      expect(probe({ attach: "lsm_cgroup" })).toBe("unsupported");
    } finally {
      run("umount", list);
    }
    probes.attach();
  });

  test("struct_ops: sockets use the congestion control, until it is closed", async (context) => {
    needsKernel(context, linux("5.6"), linux("6.0", "arm64"), config("CONFIG_BPF_JIT"));
    using skeleton = StructOps.load();
    using link = skeleton.maps.fixed_window.attach();
    expect(link.title).toBe("fixed_window");
    // Without a link of the kernel's, libbpf's has the descriptor of the map.
    expect(() => link.info).toThrow(/no single link of the kernel's/);
    expect(() => link.pin("/sys/fs/bpf/fixed_window")).toThrow(/EOPNOTSUPP/);
    // It is attached already, whoever did it: the skeleton has nothing to add.
    expect(skeleton.attach()).toEqual([]);
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("it does not listen");
    const client: Socket = connect(address.port, "127.0.0.1");
    const [accepted] = (await once(server, "connection")) as [Socket];
    try {
      const IPPROTO_TCP = 6;
      const TCP_CONGESTION = 13;
      const name = Buffer.from("tinybpf_fixed");
      const setsockopt: (...args: unknown[]) => number = koffi
        .load(null)
        .func("int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)");
      expect(setsockopt(descriptorOf(client), IPPROTO_TCP, TCP_CONGESTION, name, name.length)).toBe(0);
      expect(skeleton.bss.inits).toBe(1n);
      client.write("hello");
      const [bytes] = (await once(accepted, "data")) as [Buffer];
      expect(bytes.toString()).toBe("hello");
    } finally {
      client.destroy();
      accepted.destroy();
      server.close();
    }
    link.close();
    // The name is free again.
    using again = StructOps.load();
    again.maps.fixed_window.attach().close();
  });

  test("what this kernel lacks is an error that says so", () => {
    for (const [, features, name, attach] of attached) {
      const reason = lacking(...features);
      if (reason === undefined) continue;
      const use = (): void => {
        using probes = load(name);
        attach(probes.programs).close();
      };
      expect(use, `${name}: ${reason}`).toThrow(BpfError);
    }
  });
});

/** The descriptor of a socket of Node's. */
function descriptorOf(socket: object): number {
  const handle: unknown = Reflect.get(socket, "_handle");
  const fd: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined;
  if (typeof fd !== "number") throw new Error("this socket has no descriptor");
  return fd;
}
