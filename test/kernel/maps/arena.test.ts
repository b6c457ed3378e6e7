/** Arenas: memory that programs and this process share. Where libbpf knows none, the error says that it needs a newer one. */
import {
  type ArenaMap,
  arenaMap,
  BpfError,
  ClosedError,
  IndexError,
  init,
  le,
  openMapById,
  SkeletonError,
  TinyBpfError,
  ValueError,
} from "tinybpf";
import { expect, test, type TestContext } from "vitest";
import { libbpfOlderThan } from "../../../src/runtime/native.ts";
import { MapsUlong } from "../../golden/maps_ulong.skel.ts";
import { Arena } from "../../golden/arena.skel.ts";
import { describeKernel, missingKernel } from "../require-kernel.ts";
import { libbpf, linux, needsKernel } from "../this-kernel.ts";

const PAGE = 4096;
const PAGES = 100;
/**
 * Where globals are: at the start of an arena, or, with libbpf 1.7 on kernels that can address it, in its last page. They are
 * `sum`, which has the value `expected`, and then `first`, a node of a pointer and a value.
 */
function globalsOf(arena: ArenaMap, expected: bigint): { readonly sum: number; readonly first: number } {
  const at = arena.get(0, le.u64) === expected ? 0 : (PAGES - 1) * PAGE;
  return { sum: at, first: at + 8 };
}

/** libbpf knows arenas since 1.4. */
const isOld = missingKernel === undefined && libbpfOlderThan("1.4");

/** Each test of arenas starts with it. */
const needsArenas = (context: TestContext): void =>
  needsKernel(context, linux("6.9", "x64"), linux("6.10", "arm64"), libbpf("1.4"));

describeKernel(`arenas, with libbpf ${missingKernel ?? init().version}`, () => {
  if (isOld)
    test("are an error that names the version of the library", () => {
      expect(() => Arena.load()).toThrow(BpfError);
      expect(() => Arena.load()).toThrow(
        /Section \.addr_space\.1 (?:needs Linux 6\.9; this is .*\. Besides, it )?needs libbpf 1\.4 or newer; libbpf 1\.\d \(.*\) is in use/,
      );
    });

  test("are shared with programs, and their pointers can be followed", (context) => {
    needsArenas(context);
    using skeleton = Arena.load();
    const { arena } = skeleton.maps;
    expect(arena.size).toBe(PAGES * PAGE);
    const { sum, first } = globalsOf(arena, 1n);
    expect(arena.get(sum, le.u64)).toBe(1n);
    // A list of three nodes, of which the last two are in pages of their own.
    const second = arena.address + BigInt(2 * PAGE);
    const third = arena.address + BigInt(50 * PAGE);
    arena.set(first, le.pointer, second).set(first + 8, le.u64, 1n);
    arena.set(second, le.pointer, third).set(second + 8n, le.u64, 20n);
    arena.write(third, new Uint8Array(new BigUint64Array([0n, 300n]).buffer));
    skeleton.programs.add_up.run();
    expect(arena.get(sum, le.u64)).toBe(321n);
    expect(arena.get(arena.get(first, le.pointer), le.pointer)).toBe(third);
    expect([...arena.read(third + 8n, 3)]).toEqual([300 & 0xff, 1, 0]);
    // Across pages, and up to the very end.
    const end = arena.size - 8;
    arena.write(PAGE - 4, new Uint8Array(8).fill(7));
    expect([...arena.read(PAGE - 5, 10)]).toEqual([0, 7, 7, 7, 7, 7, 7, 7, 7, 0]);
    expect(arena.set(end, le.u64, 9n).get(arena.address + BigInt(end), le.u64)).toBe(9n);
  });

  test("have global variables, which can be set before load", (context) => {
    needsArenas(context);
    using untouched = Arena.load();
    expect(untouched.arena.sum).toBe(1n);
    expect(untouched.arena.first).toEqual({ next: 0n, value: 0n });
    using opened = Arena.open();
    expect(opened.arena.sum).toBe(1n);
    opened.arena.first = { next: 0, value: 5 };
    opened.arena.sum = 2n;
    using skeleton = opened.load();
    const { arena, maps, programs } = skeleton;
    expect(arena.sum).toBe(2n);
    expect(maps.arena.get(globalsOf(maps.arena, 2n).sum, le.u64)).toBe(2n);
    programs.add_up.run();
    expect(arena.sum).toBe(5n);
    const second = maps.arena.address + BigInt(PAGE);
    arena.first = { next: second, value: 6n };
    maps.arena.write(second + 8n, new Uint8Array([7]));
    programs.add_up.run();
    expect(arena.sum).toBe(13n);
    skeleton.close();
    expect(() => arena.sum).toThrow(ClosedError);
    expect(() => arena.first).toThrow(ClosedError);
    using configured = Arena.load({ arena: { sum: 77n } });
    expect(configured.arena.sum).toBe(77n);
  });

  test("refuse what is not inside, does not fit, or is closed", (context) => {
    needsArenas(context);
    const skeleton = Arena.load();
    const { arena } = skeleton.maps;
    const { size, address } = arena;
    for (const at of [-1, size, size - 7, 0.5, Number.NaN, address - 1n, address + BigInt(size), 0n])
      expect(() => arena.get(at, le.u64)).toThrow(IndexError);
    expect(() => arena.get(0n, le.u64)).toThrow(
      /map arena has no 8 bytes at address 0x0: it has 409600 at 0x/,
    );
    expect(() => arena.read(0, -1)).toThrow(ValueError);
    expect(() => arena.set(0, le.u8, 256)).toThrow(ValueError);
    for (const codec of [undefined, {}, { size: 4 }] as unknown as (typeof le.u8)[]) {
      expect(() => arena.get(0, codec)).toThrow(ValueError);
      expect(() => arena.set(0, codec, 1)).toThrow(ValueError);
    }
    using again = openMapById(arena.id, arenaMap);
    expect(() => again.get(0, le.u8)).toThrow(TinyBpfError);
    skeleton.close();
    expect(() => arena.get(0, le.u64)).toThrow(ClosedError);
    expect(() => arena.write(0, new Uint8Array(1))).toThrow(ClosedError);
    expect(() => arena.size).toThrow(ClosedError);
  });

  test("whose pages the kernel does not allocate on access cannot have globals: libbpf would be killed", (context) => {
    needsArenas(context);
    const BPF_F_MMAPABLE = 1 << 10;
    const BPF_F_SEGV_ON_FAULT = 1 << 17;
    const flags = BPF_F_MMAPABLE | BPF_F_SEGV_ON_FAULT;
    expect(() => Arena.load({ maps: { arena: { flags } } })).toThrow(SkeletonError);
    using without = MapsUlong.load({ maps: { arena: { flags } } });
    const { arena } = without.maps;
    expect(() => arena.read(0, 1)).toThrow(BpfError);
    expect(() => arena.write(0, new Uint8Array(1))).toThrow(
      /cannot access byte 0 of map arena.*EFAULT[^]*No program/,
    );
  });
});
