/** Events of emit.bpf.o: a ring buffer and what fills it on every kernel. */
import type { Emit } from "../golden/emit.skel.ts";

/** Lets the program send up to `count` events, at most 2048; how many the buffer took. */
export function emit(from: Emit, count: number): number {
  const context = new Uint8Array(new BigUint64Array([BigInt(count), 0n]).buffer);
  return from.programs.emit.testRun({ context }).retval;
}
