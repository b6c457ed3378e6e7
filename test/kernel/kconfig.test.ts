/** `__kconfig` externs: what libbpf reads from the kernel's configuration, as members of the skeleton. */
import { ClosedError, ReadOnlyError, TinyBpfError } from "tinybpf";
import { open } from "tinybpf/dynamic";
import { expect, test } from "vitest";
import { fixturePath } from "../btf-parser/fixtures.ts";
import { KconfigKsyms } from "../golden/kconfig_ksyms.skel.ts";
import { describeKernel } from "./require-kernel.ts";

/** Every option in use is given, so that the test needs no configuration of the kernel's. */
const kconfig = [
  "CONFIG_HZ=123",
  "CONFIG_BPF_SYSCALL=y",
  'CONFIG_DEFAULT_HOSTNAME="host"',
  "CONFIG_IPV6=m",
].join("\n");

describeKernel("kconfig externs", () => {
  test("read as libbpf gives them to programs", () => {
    using skeleton = KconfigKsyms.load({ kconfig });
    skeleton.programs.read_externs.testRun();
    const { kconfig: options, bss } = skeleton;
    expect(options.CONFIG_HZ).toBe(123);
    expect(bss.hz).toBe(123);
    expect(options.CONFIG_BPF_SYSCALL).toBe(true);
    expect(options.CONFIG_DEFAULT_HOSTNAME).toBe("host");
    expect(options.CONFIG_IPV6).toBe(2); // TRI_MODULE
    expect(bss.ipv6).toBe(2);
    expect(options.CONFIG_NO_SUCH_OPTION).toBe(0n);
    expect(options.LINUX_KERNEL_VERSION).toBe(bss.kernel_version);
    expect(options.LINUX_KERNEL_VERSION).toBeGreaterThan(5 << 16);
  });

  test("cannot be written, nor read before load or after close", () => {
    using opened = KconfigKsyms.open({ kconfig });
    // @ts-expect-error there are no values yet
    expect(() => opened.kconfig.CONFIG_HZ).toThrow(TinyBpfError);
    const skeleton = opened.load();
    const { kconfig: options } = skeleton;
    // @ts-expect-error there is no setter
    expect(() => (options.CONFIG_HZ = 5)).toThrow(TypeError);
    skeleton.close();
    expect(() => options.CONFIG_HZ).toThrow(ClosedError);
    expect(() => options.CONFIG_DEFAULT_HOSTNAME).toThrow(ClosedError);
  });

  test("go by name without generated code", () => {
    using opened = open(fixturePath("kconfig_ksyms.bpf.o"), { kconfig });
    expect(() => opened.globals.get("CONFIG_HZ")).toThrow(TinyBpfError);
    expect(() => opened.globals.get("CONFIG_HZ")).toThrow(/has no values before the object is loaded/);
    using loaded = opened.load();
    expect(loaded.globals.get("CONFIG_HZ")).toBe(123);
    expect(() => loaded.globals.set("CONFIG_HZ", 5)).toThrow(ReadOnlyError);
    expect(loaded.globals.names).toContain("CONFIG_NO_SUCH_OPTION");
  });
});
