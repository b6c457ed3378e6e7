/** Each operation without what it takes, in a process of its own: the message names the capability, and no other. */
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createMap, hashMap, le } from "tinybpf";
import { beforeAll, afterAll, expect, test } from "vitest";
import { compileRuntime, type CompiledRuntime } from "../runtime/compiled.ts";
import { without } from "./capabilities.ts";
import { enterNamespaces, mountBpffs, mountTracefs } from "./namespaces.ts";
import { describeKernel } from "./require-kernel.ts";
import { linux, needsKernel } from "./this-kernel.ts";

const fixture = (name: string): string =>
  JSON.stringify(new URL(`../../fixtures/${name}.bpf.o`, import.meta.url).pathname);

const load = (object: string, maps = "{}", programs = "{}"): string => `
  const loaded = gen.skeleton({ name: "T", source: "${object}.bpf.o", object: () => readFileSync(${fixture(object)}),
    maps: ${maps}, programs: ${programs} }).load();
`;

/** Gives up a capability that loading took. */
const drop = (bit: number): string => `
  const libc = koffi.load(null);
  const header = Buffer.alloc(8), sets = Buffer.alloc(24);
  header.writeUInt32LE(0x20080522); // _LINUX_CAPABILITY_VERSION_3
  libc.func("int capget(void *, void *)")(header, sets);
  for (const gone of [${bit}, 21]) {
    const at = 12 * Math.floor(gone / 32); // of struct __user_cap_data_struct, effective first
    sets.writeUInt32LE((sets.readUInt32LE(at) & ~(1 << gone % 32)) >>> 0, at);
  }
  if (libc.func("int capset(void *, void *)")(header, sets) !== 0) throw new Error("capset: " + koffi.errno());
`;

const PARANOID = "/proc/sys/kernel/perf_event_paranoid";
/** Whether CAP_PERFMON lets one open perf events: Debian's kernels take CAP_SYS_ADMIN. */
const isPerfmonEnough = !existsSync(PARANOID) || Number(readFileSync(PARANOID, "utf8")) <= 2;

const NET_ADMIN = 12;
const PERFMON = 38;

const cases: readonly {
  readonly operation: string;
  readonly action: string;
  readonly drops: readonly string[];
  readonly code: "EPERM" | "EACCES";
  readonly names: string;
  /** The Linux that wants it. */
  readonly since?: string;
}[] = [
  {
    operation: "create a map",
    action: "createMap(gen.hashMap(le.u32, le.u32), { maxEntries: 1 })",
    drops: ["bpf", "sys_admin"],
    code: "EPERM",
    names: "CAP_BPF",
  },
  {
    operation: "load a syscall program",
    action: load("syscall"),
    drops: ["bpf", "sys_admin"],
    code: "EPERM",
    names: "CAP_BPF",
    since: "5.14",
  },
  {
    operation: "load a tracing program",
    action: load("exec"),
    drops: ["perfmon", "sys_admin"],
    code: "EPERM",
    names: "CAP_PERFMON",
  },
  {
    operation: "load an XDP program",
    action: load("xdp"),
    drops: ["net_admin", "sys_admin"],
    code: "EPERM",
    names: "CAP_NET_ADMIN",
  },
  {
    operation: "load a tracing program, though CAP_NET_ADMIN is missing as well",
    action: load("exec"),
    drops: ["perfmon", "net_admin", "sys_admin"],
    code: "EPERM",
    names: "CAP_PERFMON",
  },
  {
    operation: "attach a tracepoint program",
    action: `${load("exec", "{}", "{ on_exec: gen.tracepoint }")} ${drop(PERFMON)} loaded.programs.on_exec.attach();`,
    drops: [],
    code: "EACCES",
    names: isPerfmonEnough ? "CAP_PERFMON" : "CAP_PERFMON CAP_SYS_ADMIN",
  },
  {
    operation: "attach a uprobe program",
    action: `${load("uprobe", "{}", "{ on_getpriority: gen.uprobe }")} loaded.programs.on_getpriority.attach();`,
    drops: ["sys_admin"],
    code: "EACCES",
    names: "CAP_SYS_ADMIN",
    since: "6.16",
  },
  {
    operation: "open a program by its id",
    action: "openProgramById(1)",
    drops: ["sys_admin"],
    code: "EPERM",
    names: "CAP_SYS_ADMIN",
  },
  {
    operation: "open a map of somebody else's that is pinned by its name",
    action: load("maps_pinned"),
    drops: ["dac_override", "dac_read_search", "net_admin"],
    code: "EACCES",
    names: "CAP_DAC_OVERRIDE",
  },
  {
    operation: "attach classic tc",
    action: `${load("tc", "{}", "{ first: gen.tc }")} ${drop(NET_ADMIN)} loaded.programs.first.attachClassic("lo", { direction: "ingress" });`,
    drops: [],
    code: "EPERM",
    names: "CAP_NET_ADMIN",
  },
  {
    operation: "attach to the packets of a cgroup, though loading takes less",
    action: `${load("cgroup_skb", "{}", "{ ingress: gen.cgroupSkb }")} ${drop(NET_ADMIN)} loaded.programs.ingress.attach("/sys/fs/cgroup");`,
    drops: [],
    code: "EPERM",
    names: "CAP_NET_ADMIN",
  },
  {
    operation: "have the runs of programs counted",
    action: "enableStats()",
    drops: ["sys_admin"],
    code: "EPERM",
    names: "CAP_SYS_ADMIN",
  },
  {
    operation: "open a map by its id",
    action: "openMapById(globalThis.id, gen.hashMap(le.u32, le.u32))",
    drops: ["sys_admin"],
    code: "EPERM",
    names: "CAP_SYS_ADMIN",
  },
  {
    operation: "pin where others may not write",
    action: `createMap(gen.hashMap(le.u32, le.u32), { maxEntries: 1 }).pin("/sys/fs/bpf/foreign/map");`,
    drops: ["dac_override", "dac_read_search"],
    code: "EACCES",
    names: "CAP_DAC_OVERRIDE",
  },
];

describeKernel("privileges", () => {
  let runtime: CompiledRuntime;
  beforeAll(() => {
    enterNamespaces();
    mountBpffs();
    mountTracefs();
    mkdirSync("/sys/fs/bpf/foreign");
    chownSync("/sys/fs/bpf/foreign", 1234, 1234);
    chmodSync("/sys/fs/bpf/foreign", 0o700);
    using map = createMap(hashMap(le.u32, le.u64), { maxEntries: 8 });
    map.pin("/sys/fs/bpf/shared"); // as the fixture maps_pinned does
    chownSync("/sys/fs/bpf/shared", 1234, 1234);
    chmodSync("/sys/fs/bpf/shared", 0o600);
    runtime = compileRuntime();
  });
  afterAll(() => runtime.remove());

  /** What an action ends with in a process that lacks some capabilities. */
  function outcome(action: string, drops: readonly string[]): string {
    const { status, stdout, stderr } = runtime.run(
      `import { readFileSync } from "node:fs";
       import koffi from "koffi";
       import * as gen from "%runtime%/gen-v1.js";
       import { createMap, enableStats, le, openMapById, openProgramById } from "%runtime%/index.js";
       globalThis.id = 1;
       try { ${action}; console.log("done"); } catch (error) { console.log(error.code, error.message ?? error); }`,
      {},
      drops.length === 0 ? [] : without(...drops),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  }

  test.for(cases)("$operation: $names", ({ action, drops, code, names, since = "5.8" }, context) => {
    needsKernel(context, linux(since));
    const said = outcome(action, drops);
    expect(said).toMatch(new RegExp(`^${code} cannot `));
    expect([...new Set(said.match(/CAP_[A-Z_]+/g))].join(" ")).toBe(names);
    expect(said).not.toContain("RLIMIT_MEMLOCK");
  });

  test("reading events takes none: the ring buffer is the process's once it is loaded", () => {
    const action = `${load("emit", "{ events: gen.ringBuffer(le.bytes(24)) }", "{ emit: gen.rawTracepoint }")}
      ${drop(39)} loaded.maps.events.consume(() => {});`;
    expect(outcome(action, [])).toBe("done\n");
  });

  test("perf buffers that may not be opened: by whom they are, as the kernel is set", () => {
    const action = `${load("perf_events", "{ raw: gen.perfEventArray(le.bytes(24)) }")}
      ${drop(PERFMON)} loaded.maps.raw.open();`;
    const said = outcome(action, []);
    expect(said).toMatch(/^EACCES cannot open the perf buffers of perf event array raw/);
    expect(said).toMatch(
      isPerfmonEnough
        ? /\. This process lacks CAP_PERFMON \(for tracing programs\)$/m
        : /lacks CAP_PERFMON \(for tracing programs\)\. \/proc\/sys\/kernel\/perf_event_paranoid is \d, with which .* CAP_SYS_ADMIN instead: .* set it to 2$/m,
    );
  });

  test("perf buffers are opened as often as one likes, within what a user may lock", ({ skip }) => {
    skip(
      !isPerfmonEnough,
      "needs a kernel that lets CAP_PERFMON open perf events: Debian's take CAP_SYS_ADMIN",
    );
    // What a user may lock is counted by user: one that nobody else is.
    const user = String(100_000 + process.pid);
    const capabilities = "-all,+bpf,+perfmon,+dac_override";
    const limited = ["sh", "-c", 'ulimit -l 0; exec "$@"', "sh"];
    const become = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"];
    const { status, stdout, stderr } = runtime.run(
      `import { load } from "%runtime%/dynamic.js";
       for (let i = 0; i < 30; i++) {
         const object = load(${fixture("perf_events")});
         object.map("samples", "PerfEventArray").open({ pages: 64 });
         object.close();
       }
       const object = load(${fixture("perf_events")});
       try { object.map("samples", "PerfEventArray").open({ pages: 4096 }); } catch (error) { console.log(error.message); }`,
      {},
      [...become, "--inh-caps", capabilities, "--ambient-caps", capabilities, ...limited],
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(
      /^cannot open the perf buffers of perf event array samples: operation not permitted \(EPERM\)\n[^]*more than this user may lock[^]*CAP_IPC_LOCK\n$/,
    );
  });

  test("in a user namespace capabilities do not count, and the message says so", () => {
    const { status, stdout, stderr } = runtime.run(
      `import { createMap, le } from "%runtime%/index.js";
       import { hashMap } from "%runtime%/gen-v1.js";
       try { createMap(hashMap(le.u32, le.u32), { maxEntries: 1 }); } catch (error) { console.log(error.message); }`,
      {},
      ["unshare", "--user", "--map-root-user"],
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/operation not permitted[^]*in a user namespace[^]*CAP_BPF/);
  });
});
