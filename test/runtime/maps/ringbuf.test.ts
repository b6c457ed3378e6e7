import { ringBuffer, TinyBpfError } from "tinybpf";
import { expect, test } from "vitest";
import { MapHandle } from "../../../src/runtime/maps/map.ts";

const BPF_F_RB_OVERWRITE = 1 << 19;

test("a ring buffer whose records are written over is not read, whatever the way", () => {
  const pins = { pin() {}, unpin() {} };
  const info = { name: "over", type: "ringbuf", keySize: 0, valueSize: 0, maxEntries: 4096 } as const;
  const ring = ringBuffer().create(new MapHandle(pins, 0, "over", { ...info, flags: BPF_F_RB_OVERWRITE }));
  for (const use of [
    () => ring.consume(() => {}),
    () => ring.iterate(),
    () => ring.batches(),
    () => ring.info,
  ]) {
    expect(use).toThrow(TinyBpfError);
    expect(use).toThrow("ring buffer over has BPF_F_RB_OVERWRITE");
  }
});
