import { BpfError, ClosedError, SkeletonError, TinyBpfError, ValueError } from "tinybpf";
import {
  arrayMap,
  hashMap,
  le,
  ringBuffer,
  skeleton,
  syscallProgram,
  xdp,
  type GlobalsMemory,
  type OpenSkeleton,
  type Skeleton,
  type SkeletonClass,
  type SkeletonConfig,
} from "tinybpf/gen-v1";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CgroupSkb } from "../golden/cgroup_skb.skel.ts";
import { Emit } from "../golden/emit.skel.ts";
import { KconfigKsyms } from "../golden/kconfig_ksyms.skel.ts";
import { Maps } from "../golden/maps.skel.ts";
import { Programs } from "../golden/programs.skel.ts";
import { RawTp } from "../golden/raw_tp.skel.ts";
import { Ringbufs } from "../golden/ringbufs.skel.ts";
import { Syscall } from "../golden/syscall.skel.ts";
import { TpBtf } from "../golden/tp_btf.skel.ts";
import { Uprobe } from "../golden/uprobe.skel.ts";
import { VerifierReject } from "../golden/verifier_reject.skel.ts";
import { Xdp } from "../golden/xdp.skel.ts";
import { bpfDescriptors, countDescriptors } from "./descriptors.ts";
import { emit } from "./emit.ts";
import { describeKernel } from "./require-kernel.ts";

const objectOf = (name: string): (() => Uint8Array) => {
  const url = new URL(`../../fixtures/${name}`, import.meta.url);
  return () => readFileSync(url);
};

interface Other extends Skeleton {
  readonly maps: Readonly<Record<string, { readonly fd: number }>>;
  readonly programs: Readonly<Record<string, { readonly fd: number }>>;
}
type Parts = Pick<
  Parameters<typeof skeleton<Other, OpenSkeleton<Other>, SkeletonConfig<Other>>>[0],
  "maps" | "programs" | "globals"
>;
const other = (parts: Partial<Parts>): SkeletonClass<Other, OpenSkeleton<Other>, SkeletonConfig<Other>> =>
  skeleton<Other, OpenSkeleton<Other>, SkeletonConfig<Other>>({
    name: "Other",
    source: "syscall.bpf.o",
    object: objectOf("syscall.bpf.o"),
    maps: {},
    programs: {},
    ...parts,
  });
class Variables {
  readonly memory: GlobalsMemory;
  constructor(memory: GlobalsMemory) {
    this.memory = memory;
  }
}

const sized = (size: number): void =>
  skeleton<Other, OpenSkeleton<Other>, SkeletonConfig<Other>>({
    name: "Other",
    source: "maps.bpf.o",
    object: objectOf("maps.bpf.o"),
    maps: { first: arrayMap(le.bytes(size)), lru: hashMap(le.bytes(size), le.u64) },
    programs: {},
  })
    .open()
    .close();

describeKernel("skeleton", () => {
  describe("states", () => {
    test("open, configure, load, close", () => {
      const open = Maps.open();
      open.maps.hash.maxEntries = 3;
      expect(open.maps.hash).toMatchObject({
        type: "hash",
        keySize: 8,
        valueSize: 16,
        maxEntries: 3,
        flags: 0,
      });
      expect(open.closed).toBe(false);
      const maps = open.load();
      expect(open.closed).toBe(true);
      expect(maps.closed).toBe(false);
      expect(maps.maps.hash.maxEntries).toBe(3);
      open.close(); // has nothing left to close
      expect(maps.maps.hash.has({ id: 1, zone: 1, flags: 1 })).toBe(false);
      maps.close();
      maps.close();
      expect(maps.closed).toBe(true);
    });

    test("an opened skeleton is spent once it is loaded or closed", () => {
      const open = Emit.open();
      const { maps, programs } = open;
      const loaded = open.load();
      const uses = [
        () => open.load(),
        () => maps.events.maxEntries,
        () => maps.events.type,
        () => {
          maps.events.maxEntries = 4096;
        },
        () => {
          maps.events.pinPath = "/x";
        },
        () => programs.emit.autoload,
        () => {
          programs.emit.autoload = false;
        },
        () => {
          programs.emit.logLevel = 1;
        },
        () => {
          programs.emit.autoAttach = false;
        },
      ];
      for (const use of uses) expect(use, String(use)).toThrow(ClosedError);
      loaded.close();

      const closed = Emit.open();
      closed.close();
      closed.close();
      expect(() => closed.load()).toThrow(ClosedError);
      expect(() => closed.maps.events.maxEntries).toThrow(ClosedError);
    });

    test("a log level that is none is refused", () => {
      for (const level of [99, 8, -1, 1.5]) {
        using open = Emit.open();
        expect(() => (open.programs.emit.logLevel = level)).toThrow(/^logLevel: .* is none: 0, 1 or 2/);
        expect(() => Emit.load({ logLevel: level })).toThrow(ValueError);
      }
      using loaded = Emit.load({ logLevel: 7 });
      expect(loaded.programs.emit.log).not.toBe("");
    });

    test("dispose closes", () => {
      const before = bpfDescriptors();
      let escaped: Emit;
      {
        using open = Emit.open();
        using loaded = open.load();
        escaped = loaded;
        expect(bpfDescriptors()).not.toEqual(before);
      }
      expect(escaped.closed).toBe(true);
      expect(bpfDescriptors()).toEqual(before);
    });

    test("two skeletons of one class have nothing in common", () => {
      using a = Emit.load();
      using b = Emit.load();
      expect([emit(a, 2), emit(b, 1)]).toEqual([2, 1]);
      expect([a.bss.next_seq, b.bss.next_seq]).toEqual([2, 1]);
      a.close();
      expect(emit(b, 1)).toBe(1);
      expect(b.bss.next_seq).toBe(2);
    });
  });

  test("closed, every use is a ClosedError", () => {
    const maps = Maps.load();
    const xdpSkeleton = Xdp.load();
    const uprobe = Uprobe.load();
    const rawTp = RawTp.load();
    const tpBtf = TpBtf.load();
    const cgroup = CgroupSkb.load();
    const {
      hash,
      array,
      first,
      percpu_hash: percpuHash,
      percpu_array: percpuArray,
      routes,
      raw_events: raw,
    } = maps.maps;
    first.set(0, 1n); // used once, so that its memory exists
    array.set(0, { packets: 1n, bytes: 1n });
    const link = rawTp.attach()[0];
    hash.set({ id: 1, zone: 1, flags: 1 }, { packets: 1n, bytes: 1n });
    hash.set({ id: 2, zone: 1, flags: 1 }, { packets: 1n, bytes: 1n });
    const iterating = hash.entries();
    iterating.next();
    const arrayIterating = array.values();
    arrayIterating.next();
    for (const each of [maps, xdpSkeleton, uprobe, rawTp, tpBtf, cgroup]) each.close();

    const key = { id: 1, zone: 1, flags: 1 };
    const value = { packets: 1n, bytes: 1n };
    const packet = { data: new Uint8Array(64) };
    const uses: (() => unknown)[] = [
      () => maps.attach(),
      () => hash.fd,
      () => hash.get(key),
      () => hash.has(key),
      () => hash.set(key, value),
      () => hash.update(key, value, "any"),
      () => hash.delete(key),
      () => [...hash],
      () => [...hash.keys()],
      () => [...hash.values()],
      () => hash.forEach(() => undefined),
      () => hash.pin("/sys/fs/bpf/never"),
      () => hash.unpin(),
      () => iterating.next(),
      () => array.get(0),
      () => array.set(0, value),
      () => [...array],
      () => arrayIterating.next(),
      () => first.get(0),
      () => first.set(0, 1n),
      () => [...first],
      () => percpuHash.get(1),
      () => percpuHash.set(1, []),
      () => [...percpuHash],
      () => percpuArray.get(0),
      () => percpuArray.set(0, []),
      () => routes.fd,
      () => raw.fd,
      () => raw.consume(() => undefined),
      () => raw[Symbol.asyncIterator](),
      () => maps.programs.touch.testRun(),
      () => maps.programs.touch.fd,
      () => maps.programs.touch.loaded,
      () => maps.programs.touch.insnCount,
      () => maps.programs.touch.pin("/sys/fs/bpf/never"),
      () => maps.programs.touch.unpin("/sys/fs/bpf/never"),
      () => xdpSkeleton.programs.count_all.attach("lo"),
      () => xdpSkeleton.programs.count_all.attach("no such interface"),
      () => xdpSkeleton.programs.count_all.testRun(packet),
      () => uprobe.programs.on_entry.attach({ binary: "libc.so.6", symbol: "getpriority" }),
      () => uprobe.programs.on_getpriority.attach(),
      () => rawTp.programs.on_rename.attach(),
      () => rawTp.programs.on_rename.attach("task_rename"),
      () => rawTp.programs.on_rename.testRun(),
      () => tpBtf.programs.on_rename.attach(),
      () => cgroup.programs.egress.attach("/no/such/folder"),
      () => cgroup.programs.egress.attach(0),
      () => cgroup.programs.egress.testRun(packet),
      () => link?.fd,
      () => link?.pin("/sys/fs/bpf/never"),
      () => link?.unpin(),
    ];
    for (const use of uses) expect(use, String(use)).toThrow(ClosedError);
    expect(link?.closed).toBe(true);
    link?.close();
    link?.detach();
    expect(rawTp.links).toEqual([]);
    // What was known is still known.
    expect(hash.name).toBe("hash");
    expect(maps.programs.touch.section).toBe("raw_tp");
  });

  describe("failure", () => {
    test("a failed load leaves nothing open", () => {
      expect(() => VerifierReject.load()).toThrow(BpfError);
      const before = countDescriptors();
      for (let i = 0; i < 10; i++) {
        expect(() => VerifierReject.load()).toThrow(BpfError);
        expect(() => Emit.load({ maps: { events: { maxEntries: 0xffff_ffff } } })).toThrow(BpfError);
        const open = VerifierReject.open();
        expect(() => open.load()).toThrow(BpfError);
        expect(open.closed).toBe(true);
        expect(() => open.load()).toThrow(ClosedError);
      }
      expect(countDescriptors()).toBe(before);
    });

    test("attach that fails half-way detaches what it had attached", () => {
      const before = bpfDescriptors();
      using open = Programs.open();
      const wanted = new Set(["uprobe_named", "usdt_named"]);
      for (const program of Object.values(open.programs)) program.autoload = wanted.has(program.name);
      using programs = open.load();
      const loaded = bpfDescriptors();
      // Without the maps of usdt.bpf.h.
      expect(() => programs.attach()).toThrow(/cannot attach program usdt_named to usdt\/libc/);
      expect(programs.links).toEqual([]);
      expect(bpfDescriptors()).toEqual(loaded);
      programs.close();
      expect(bpfDescriptors()).toEqual(before);
    });

    test("an object that is none is an error with libbpf's words", () => {
      const broken = skeleton<Skeleton, OpenSkeleton<Skeleton>, SkeletonConfig<Skeleton>>({
        name: "Broken",
        source: "broken.bpf.o",
        object: () => new TextEncoder().encode("this is no ELF file"),
        maps: {},
        programs: {},
      });
      expect(() => broken.open()).toThrow(
        /cannot open broken\.bpf\.o: [^]*'broken' is not a proper ELF object/,
      );
      expect(() => broken.load()).toThrow(BpfError);
    });
  });

  describe("a program that is not loaded", () => {
    test("is left out by attach, and an error that says what to do anywhere else", () => {
      using maps = Uprobe.load({ programs: { on_getpriority: { autoload: false } } });
      expect(maps.attach()).toEqual([]);
      const { on_getpriority: program } = maps.programs;
      expect(program.loaded).toBe(false);
      expect(() => program.fd).toThrow(TinyBpfError);
      expect(() => program.attach()).toThrow(/not loaded[^]*on_getpriority: \{ autoload: true \}/);
    });

    test("loads when its autoload is set", () => {
      expect(() =>
        VerifierReject.load({ programs: { unchecked_packet: { autoload: false } } }).close(),
      ).not.toThrow();
      expect(() =>
        VerifierReject.load({
          programs: { unchecked_packet: { autoload: false }, unchecked_lookup: { autoload: true } },
        }),
      ).toThrow(/unchecked_lookup/);
    });

    test("the same for a map that is not created", () => {
      const open = Maps.open();
      open.maps.first.autocreate = false;
      expect(open.maps.first.autocreate).toBe(false);
      using maps = open.load();
      expect(() => maps.maps.first.get(0)).toThrow(/map first was not created/);
      expect(() => maps.maps.first.fd).toThrow(TinyBpfError);
      expect(maps.maps.second.get(0)).toBe(0n);
    });
  });

  describe("configuration", () => {
    test("by load, in one go", () => {
      using ringbufs = Ringbufs.load({
        maps: { samples: { maxEntries: 8192 } },
        programs: { take_sample: { autoload: false }, start_and_stop: { logLevel: 1 } },
      });
      expect(ringbufs.maps.samples.maxEntries).toBe(8192);
      expect(ringbufs.programs.take_sample.loaded).toBe(false);
      expect(ringbufs.programs.start_and_stop.log).toMatch(/processed \d+ insns/);
      expect(ringbufs.programs.start_and_stop.insnCount).toBeGreaterThan(10);
    });

    test("kernel configuration, and the kernel's BTF", () => {
      using ours = KconfigKsyms.load({ kconfig: "CONFIG_NO_SUCH_OPTION=42\nCONFIG_HZ=77\n" });
      expect(ours.programs.read_externs.testRun().retval).toBe(42);
      expect(ours.bss.hz).toBe(77);
      TpBtf.load({ kernelBtf: "/sys/kernel/btf/vmlinux" }).close();
      expect(() => TpBtf.load({ kernelBtf: "/no/such/file" })).toThrow(/cannot load tp_btf\.bpf\.o/);
      expect(() => KconfigKsyms.open({ kconfig: "CONFIG_HZ=no number" }).load()).toThrow(BpfError);
    });

    test("log level for all programs", () => {
      using xdpSkeleton = Xdp.load({ logLevel: 1 });
      expect(xdpSkeleton.programs.count_all.log).toMatch(/processed \d+ insns/);
      expect(xdpSkeleton.programs.drop_all.log).toMatch(/processed \d+ insns/);
    });

    test("autoAttach off keeps a program out of attach", () => {
      using uprobe = Uprobe.load({ programs: { on_getpriority: { autoAttach: false } } });
      expect(uprobe.attach()).toEqual([]);
    });

    test("what is not in the object is a SkeletonError that lists what is", () => {
      // @ts-expect-error no such map
      expect(() => Syscall.load({ maps: { event: { maxEntries: 1 } } })).toThrow(
        /no map event in .*did you mean events/,
      );
      // @ts-expect-error no such program
      expect(() => Syscall.load({ programs: { toString: {} } })).toThrow(
        /no program toString in .*emit, echo/,
      );
      // @ts-expect-error no such option
      expect(() => Syscall.load({ programs: { echo: { autoLoad: false } } })).toThrow(
        /no option autoLoad .*autoload/,
      );
      // @ts-expect-error no such option
      expect(() => Syscall.load({ loglevel: 1 })).toThrow(SkeletonError);
      // @ts-expect-error no number
      expect(() => Syscall.load({ maps: { events: { maxEntries: "1" } } })).toThrow(
        /maxEntries: "1" is not an integer/,
      );
    });
  });

  describe("made from another object", () => {
    test.each([
      [{ maps: { events: ringBuffer() }, programs: { echo: syscallProgram() } }, undefined],
      [{ maps: { gone: ringBuffer() } }, /has no map gone: run tinybpf-gen again/],
      [{ maps: { events: hashMap(le.u32, le.u32) } }, /map events .* is of type ringbuf, but .* hash: run/],
      [{ programs: { gone: syscallProgram() } }, /has no program gone: run/],
      [{ programs: { echo: xdp } }, /program echo .* is of type syscall, but .* xdp: run/],
      [
        { globals: { bss: { section: ".bss", size: 1, Class: Variables } } },
        /\.bss .* has \d+ bytes, but .* 1: run/,
      ],
      [{ globals: { x: { section: ".data.x", size: 1, Class: Variables } } }, /has no \.data\.x: run/],
    ] as const)("case %#", (parts, message) => {
      const before = countDescriptors();
      const open = (): void => other(parts).open().close();
      if (message === undefined) expect(open).not.toThrow();
      else {
        expect(open).toThrow(message);
        expect(open).toThrow(SkeletonError);
      }
      expect(countDescriptors()).toBe(before);
    });

    test.each([".hidden.bpf.o", "a.bss.bpf.o", "a b/../c.bpf.o", "no-extension", "x".repeat(100)])(
      "globals are found whatever the object is called: %s",
      (source) => {
        const oddly = skeleton<Other, OpenSkeleton<Other>, SkeletonConfig<Other>>({
          name: "Other",
          source,
          object: objectOf("emit.bpf.o"),
          maps: {},
          programs: {},
          globals: { bss: { section: ".bss", size: 36, Class: Variables } },
        });
        expect(() => oddly.load().close()).not.toThrow();
      },
    );

    test("sizes of keys and values", () => {
      expect(() => sized(4)).toThrow(
        /map first .* has values of 8 bytes, but the skeleton was made for 4: run/,
      );
      expect(() => sized(8)).not.toThrow();
    });
  });
});
