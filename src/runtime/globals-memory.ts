/** What the accessors of global variables stand on. */
import { type Codec, writeField } from "./codec/codec.ts";

/** Where the accessors of one section read and write. Take the views anew for each use: they change. */
export class GlobalsMemory {
  view: DataView;
  /** The same, for writing; a use of it throws where writing is not possible. */
  writable: DataView;

  constructor(view: DataView) {
    this.view = view;
    this.writable = view;
  }

  /**
   * Writes a variable of more than one number. It is encoded aside first: nothing of a value that does not fit gets to
   * the BPF program, nor the zeros that a codec starts from.
   */
  write<T, I>(at: number, value: I, type: Codec<T, I>, field: string): void {
    const bytes = new Uint8Array(type.size);
    writeField(new DataView(bytes.buffer), 0, value, type, field);
    const { writable } = this;
    new Uint8Array(writable.buffer, writable.byteOffset + at, type.size).set(bytes);
  }
}
