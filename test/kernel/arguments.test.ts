import { readFileSync } from "node:fs";
import { ClosedError, SkeletonError, ValueError } from "tinybpf";
import { arrayMap, le, skeleton } from "tinybpf/gen-v1";
import { describe, expect, test } from "vitest";
import { Maps } from "../golden/maps.skel.ts";
import { RawTp } from "../golden/raw_tp.skel.ts";
import { Exec } from "../golden/exec.skel.ts";
import { Freplace } from "../golden/freplace.skel.ts";
import { Uprobe } from "../golden/uprobe.skel.ts";
import { Xdp } from "../golden/xdp.skel.ts";
import { describeKernel, needsLibbpf } from "./require-kernel.ts";

/** What JavaScript may give although the types forbid it. */
function untyped(value: unknown): never {
  return value as never;
}

const fixture = (name: string): Buffer => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));

/** Bytes that say they are more. */
function lying(bytes: Uint8Array, length: number): Uint8Array {
  return Object.defineProperty(bytes, "length", { get: () => length });
}

/** Opens an object that is said to be maps.bpf.o. */
function openBytes(bytes: unknown): Disposable & { close(): void } {
  return skeleton({
    name: "Test",
    source: "maps.bpf.o",
    object: () => untyped(bytes),
    maps: {},
    programs: {},
  }).open();
}

describeKernel("wrong arguments never reach C", () => {
  describe.each([[5], [1n], [new Uint8Array([65, 0])], [["a"]], [{}], [true], ["a\0b"]])(
    "a string: %o",
    (wrong) => {
      const path: string = untyped(wrong);

      test.each(["pinRootPath", "kernelBtf", "kconfig"])("option %s", (option) => {
        expect(() => Maps.open({ [option]: path })).toThrow(ValueError);
        expect(() => Maps.open({ [option]: path })).toThrow(new RegExp(`^${option}: `));
      });

      test("pins", () => {
        using open = Maps.open();
        const pin = (): void => {
          open.maps.hash.pinPath = path;
        };
        expect(pin).toThrow(ValueError);
        expect(pin).toThrow(/^pinPath: /);
        expect(() => Maps.load({ maps: { hash: { pinPath: path } } })).toThrow(/^maps\.hash\.pinPath: /);
        using maps = Maps.load();
        for (const use of [
          () => maps.maps.hash.pin(path),
          () => maps.maps.hash.unpin(path),
          () => maps.programs.touch.pin(path),
          () => maps.programs.touch.unpin(path),
        ])
          expect(use, String(use)).toThrow(/^path: /);
      });

      test("what is attached to", () => {
        using uprobe = Uprobe.load();
        using rawTp = RawTp.load();
        using exec = Exec.load();
        const symbol = "getpriority";
        for (const [name, use] of [
          ["binary", () => uprobe.programs.on_entry.attach({ binary: path, symbol })],
          ["symbol", () => uprobe.programs.on_entry.attach({ binary: "libc.so.6", symbol: path })],
          ["name", () => rawTp.programs.on_rename.attach(path)],
          ["category", () => exec.programs.on_exec.attach({ category: path, name: "x" })],
          ["name", () => exec.programs.on_exec.attach({ category: "sched", name: path })],
        ] as const) {
          expect(use, name).toThrow(ValueError);
          expect(use, name).toThrow(new RegExp(`^${name}: `));
        }
        using link = rawTp.programs.on_rename.attach();
        expect(() => link.pin(path)).toThrow(/^path: /);
      });
    },
  );

  test("options that are no objects", () => {
    expect(() => Maps.open(untyped(null))).toThrow(ValueError);
    expect(() => Maps.load(untyped(5))).toThrow(ValueError);
    expect(() => Maps.load({ maps: untyped(null) })).toThrow(/^maps: null is not an object/);
    expect(() => Maps.load({ maps: { hash: untyped(null) } })).toThrow(/^maps\.hash: null is not an object/);
    expect(() => Maps.load({ programs: { touch: untyped(5) } })).toThrow(
      /^programs\.touch: 5 is not an object/,
    );
    using uprobe = Uprobe.load();
    expect(() => uprobe.programs.on_entry.attach(untyped(null))).toThrow(ValueError);
  });

  test("switches that are no booleans", () => {
    expect(() => Maps.load({ maps: { hash: { autocreate: untyped("x") } } })).toThrow(
      /^maps\.hash\.autocreate: /,
    );
    expect(() => Maps.load({ programs: { touch: { autoload: untyped(1n) } } })).toThrow(
      /^programs\.touch\.autoload: /,
    );
    expect(() => Maps.load({ programs: { touch: { autoAttach: untyped({}) } } })).toThrow(
      /^programs\.touch\.autoAttach: /,
    );
  });

  test.each(["foo", "toString", "", undefined, null, 1])("an update's mode: %o", (mode) => {
    using maps = Maps.load();
    expect(() => maps.maps.lru.update(1n, 1n, untyped(mode))).toThrow(ValueError);
    expect(() => maps.maps.lru.update(1n, 1n, untyped(mode))).toThrow(
      /^mode: .* is none of any, noexist, exist/,
    );
    expect(maps.maps.lru.has(1n)).toBe(false);
  });

  test("an object that is no bytes, or says that it is longer than it is", () => {
    for (const bytes of [
      "abc",
      5n,
      [1, 2],
      { length: 10 },
      Object.create(Uint8Array.prototype),
      new ArrayBuffer(9),
    ])
      expect(() => openBytes(bytes)).toThrow(ValueError);
    openBytes(lying(fixture("maps.bpf.o"), 1e9)).close();
    expect(() => openBytes(lying(fixture("maps.bpf.o").subarray(0, 3000), 5e7))).toThrow(
      /LIBBPF_ERRNO__FORMAT/,
    );
  });

  test("a packet that says that it is longer than it is", () => {
    using xdp = Xdp.load();
    const data = lying(new Uint8Array(64), 60_000);
    expect(xdp.programs.count_all.testRun({ data }).data).toHaveLength(64);
    expect(() => xdp.programs.count_all.testRun({ data: untyped([1, 2]) })).toThrow(/^data: /);
  });

  test("a map of globals cannot be used as one of the C source", (context) => {
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    const Test = skeleton({
      name: "T",
      source: "globals.bpf.o",
      object: () => fixture("globals.bpf.o"),
      maps: { "globals.bss": arrayMap(le.bytes(112)) },
      programs: {},
    });
    expect(() => Test.open()).toThrow(SkeletonError);
    expect(() => Test.open()).toThrow(/map globals\.bss .* section of globals/);
  });

  test("a getter that closes what is used does no harm", () => {
    using rawTp = RawTp.load();
    const { fd } = rawTp.programs.on_rename;
    const link = rawTp.programs.on_rename.attach();
    const closesLink = {
      get fd() {
        link.close();
        return fd;
      },
    };
    expect(() => link.update(closesLink)).toThrow(ClosedError);

    const open = Freplace.open();
    const closesObject = {
      get program() {
        open.close();
        return { fd };
      },
      function: "decide",
    };
    expect(() => (open.programs.refuse.attachTarget = closesObject)).toThrow(ClosedError);
  });
});
