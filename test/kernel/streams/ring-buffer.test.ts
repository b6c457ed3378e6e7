/** What only ring buffers have. */
import { afterEach, expect, test } from "vitest";
import { ClosedError, createMap, openPinnedMap, ringBuffer } from "tinybpf";
import { Emit, Event } from "../../golden/emit.skel.ts";
import { emit } from "../emit.ts";
import { enterNamespaces, mountBpffs } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { linux, needsKernel } from "../this-kernel.ts";
import { drain, numbers } from "./subjects.ts";

const RECORD = 40; // 32 bytes of event, 8 of header

describeKernel("ring buffer", () => {
  let skeleton: Emit | undefined;

  function load(maxEntries = 4096): Emit {
    skeleton = Emit.load({ maps: { events: { maxEntries } } });
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
    const ring = load();
    const { events } = ring.maps;
    expect(events.info).toEqual({ size: 4096, available: 0, consumerPosition: 0n, producerPosition: 0n });
    emit(ring, 3);
    events.consume(() => false);
    expect(events.info).toEqual({
      size: 4096,
      available: 2 * RECORD,
      consumerPosition: BigInt(RECORD),
      producerPosition: 3n * BigInt(RECORD),
    });
    ring.close();
    expect(() => events.info).toThrow(ClosedError);
  });

  test("lost events: a slow consumer loses them only in the kernel, and the program knows how many", async () => {
    const ring = load();
    const fits = Math.floor(4096 / RECORD);
    const iterator = ring.maps.events.batches();
    const lost = 500 - emit(ring, 500);
    expect(lost).toBe(500 - fits);
    expect(ring.maps.events.info.size - ring.maps.events.info.available).toBeLessThan(RECORD);
    expect((await iterator.next()).value?.map(({ seq }) => seq)).toEqual(numbers(0, fits));
    // The numbers go on: the program counts those that found room.
    expect(emit(ring, 1)).toBe(1);
    expect((await iterator.next()).value?.map(({ seq }) => seq)).toEqual([fits]);
  });

  test("drain after close: what nobody read is there for who has the map, too", () => {
    enterNamespaces();
    const path = `${mountBpffs()}/events`;
    const ring = load();
    emit(ring, 5);
    ring.maps.events.consume(({ seq }) => seq < 1);
    ring.maps.events.pin(path);
    ring.close();
    using again = openPinnedMap(path, ringBuffer(Event));
    expect(drain(again)).toEqual([2, 3, 4]);
    again.unpin(path);
  });
});
