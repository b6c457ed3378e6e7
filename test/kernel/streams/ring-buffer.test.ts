/** What only ring buffers have. */
import { afterEach, expect, test } from "vitest";
import { ClosedError, createMap, openPinnedMap, ringBuffer } from "tinybpf";
import { Event, Syscall } from "../../golden/syscall.skel.ts";
import { enterNamespaces, mountBpffs } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { linux, needsKernel } from "../this-kernel.ts";
import { drain, numbers } from "./subjects.ts";

const RECORD = 40; // 32 bytes of event, 8 of header

function emit(from: Syscall, count: number): number {
  return from.programs.emit.run({ count, emitted: 0, flags: 0 }).ctx.emitted;
}

describeKernel("ring buffer", () => {
  let skeleton: Syscall | undefined;

  function load(maxEntries = 4096): Syscall {
    skeleton = Syscall.load({ maps: { events: { maxEntries } } });
    return skeleton;
  }

  afterEach(() => skeleton?.close());

  test("one whose records are written over cannot be read, and says so", (context) => {
    needsKernel(context, linux("6.19"));
    const BPF_F_RB_OVERWRITE = 1 << 19;
    using ring = createMap(ringBuffer(), { name: "over", maxEntries: 65_536, flags: BPF_F_RB_OVERWRITE });
    const why = "ring buffer over has BPF_F_RB_OVERWRITE";
    expect(() => ring.consume(() => {})).toThrow(why);
    expect(() => ring.iterate()).toThrow(why);
    expect(() => ring.info).toThrow(why);
  });

  test("info tells how full it is", () => {
    const syscall = load();
    const { events } = syscall.maps;
    expect(events.info).toEqual({ size: 4096, available: 0, consumerPosition: 0n, producerPosition: 0n });
    emit(syscall, 3);
    events.consume(() => false);
    expect(events.info).toEqual({
      size: 4096,
      available: 2 * RECORD,
      consumerPosition: BigInt(RECORD),
      producerPosition: 3n * BigInt(RECORD),
    });
    syscall.close();
    expect(() => events.info).toThrow(ClosedError);
  });

  test("lost events: a slow consumer loses them only in the kernel, and the program knows how many", async () => {
    const syscall = load();
    const fits = Math.floor(4096 / RECORD);
    const iterator = syscall.maps.events.batches();
    const lost = 500 - emit(syscall, 500);
    expect(lost).toBe(500 - fits);
    expect(syscall.maps.events.info.size - syscall.maps.events.info.available).toBeLessThan(RECORD);
    expect((await iterator.next()).value?.map(({ seq }) => seq)).toEqual(numbers(0, fits));
    // The numbers go on: the program counts those that found room.
    expect(emit(syscall, 1)).toBe(1);
    expect((await iterator.next()).value?.map(({ seq }) => seq)).toEqual([fits]);
  });

  test("drain after close: what nobody read is there for who has the map, too", () => {
    enterNamespaces();
    const path = `${mountBpffs()}/events`;
    const syscall = load();
    emit(syscall, 5);
    syscall.maps.events.consume(({ seq }) => seq < 1);
    syscall.maps.events.pin(path);
    syscall.close();
    using again = openPinnedMap(path, ringBuffer(Event));
    expect(drain(again)).toEqual([2, 3, 4]);
    again.unpin(path);
  });
});
