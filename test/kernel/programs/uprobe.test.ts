import { getPriority } from "node:os";
import { BpfError, type UprobeTarget, ValueError } from "tinybpf";
import { expect, test } from "vitest";
import { Uprobe, type Call, Probe } from "../../golden/uprobe.skel.ts";
import { describeKernel } from "../require-kernel.ts";
import { lacking, linux } from "../this-kernel.ts";

const own = { rodata: { target_tgid: process.pid } };
const target = { binary: "libc.so.6", symbol: "getpriority", pid: process.pid };

describeKernel("uprobe program", () => {
  test("attaches by its section, and leaves out those that name no place", () => {
    using uprobe = Uprobe.load(own);
    expect(uprobe.attach().map(({ title }) => title)).toEqual([
      "on_getpriority to uprobe/libc.so.6:getpriority",
    ]);
    getPriority();
    const calls: Call[] = [];
    uprobe.maps.calls.consume((call) => void calls.push(call));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ probe: Probe.PROBE_AUTO, tgid: process.pid });
    expect([...uprobe.bss.hits]).toEqual([1n, 0n, 0n]);
  });

  test("attaches to a symbol, at its entry and its return", () => {
    using uprobe = Uprobe.load(own);
    const entry = uprobe.programs.on_entry.attach(target);
    const exit = uprobe.programs.on_return.attach(target);
    expect(entry.title).toBe("on_entry to libc.so.6:getpriority");
    expect(exit.title).toBe("on_return to the return of libc.so.6:getpriority");
    getPriority();
    const probes: number[] = [];
    uprobe.maps.calls.consume(({ probe }) => void probes.push(probe));
    expect(probes).toEqual([Probe.PROBE_ENTRY, Probe.PROBE_RETURN]);

    entry.detach();
    getPriority();
    expect([...uprobe.bss.hits]).toEqual([0n, 1n, 2n]);
    exit.close();
    getPriority();
    expect([...uprobe.bss.hits]).toEqual([0n, 1n, 2n]);
  });

  test("retprobe: false makes an entry probe of a uretprobe", () => {
    using uprobe = Uprobe.load(own);
    using link = uprobe.programs.on_return.attach({ ...target, retprobe: false });
    expect(link.title).toBe("on_return to libc.so.6:getpriority");
    getPriority();
    expect([...uprobe.bss.hits]).toEqual([0n, 0n, 1n]);
  });

  test("a cookie goes with it, or the error says which kernel knows them", () => {
    using uprobe = Uprobe.load(own);
    const attach = (): unknown => uprobe.programs.on_entry.attach({ ...target, cookie: 1 });
    if (lacking(linux("5.15")) === undefined) expect(attach).not.toThrow();
    else expect(attach).toThrow(/EOPNOTSUPP[^]*A cookie needs Linux 5\.15; this is/);
  });

  test("what is missing is named", () => {
    using uprobe = Uprobe.load(own);
    const attach = (to: Parameters<typeof uprobe.programs.on_entry.attach>[0]) => (): unknown =>
      uprobe.programs.on_entry.attach(to);
    expect(attach({ ...target, symbol: "no_such_symbol" })).toThrow(/ENOENT[^]*no such symbol/);
    expect(attach({ ...target, symbol: "getpriorty" })).toThrow(
      /libc\.so\.6 has no such symbol; did you mean getpriority/,
    );
    expect(attach({ ...target, binary: "libnosuch.so.1" })).toThrow(
      /ENOENT[^]*libnosuch\.so\.1[^]*give its path/,
    );
    expect(attach({ ...target, binary: "/no/such/file" })).toThrow(/ENOENT/);
    expect(attach(undefined)).toThrow(
      /EOPNOTSUPP[^]*section does not say where.*as in attach\(\{ binary: "libc.so.6", symbol/,
    );
    expect(attach(undefined)).toThrow(BpfError);
  });

  test("the start of the file, where no code is, is no place", () => {
    using uprobe = Uprobe.load(own);
    for (const place of [{}, { offset: 0 }, { symbol: undefined }]) {
      const attach = (): unknown =>
        uprobe.programs.on_entry.attach({ binary: "libc.so.6", ...place } as UprobeTarget);
      expect(attach).toThrow(ValueError);
      expect(attach).toThrow(/^symbol: is missing/);
    }
    using link = uprobe.programs.on_entry.attach({ binary: "libc.so.6", offset: 0x30_000 });
    expect(link.title).toBe("on_entry to libc.so.6:0x30000");
  });

  test("a number that is none never reaches C", () => {
    using uprobe = Uprobe.load(own);
    for (const wrong of [{ pid: 1.5 }, { pid: -2 }, { pid: 2 ** 40 }, { offset: -1 }, { offset: Number.NaN }])
      expect(() => uprobe.programs.on_entry.attach({ ...target, ...wrong }), JSON.stringify(wrong)).toThrow(
        ValueError,
      );
  });
});
