/** What the accessors of global variables and mappable arrays stand on. */
import { type Codec, writeField } from "./codec/codec.ts";
import { safe, safeI64, safeU64 } from "./codec/safe-integers.ts";

/**
 * A buffer as numbers of each size. An element of a typed array is read and written by one load or store. `DataView`
 * goes byte by byte until the compiler has optimised its caller, and shows halves of what a BPF program writes meanwhile.
 */
class Words {
  readonly u16: Uint16Array;
  readonly i16: Int16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly u64: BigUint64Array;
  readonly i64: BigInt64Array;

  /** @param view - from the start of its buffer */
  constructor({ buffer, byteLength }: DataView) {
    this.u16 = new Uint16Array(buffer, 0, byteLength >>> 1);
    this.i16 = new Int16Array(buffer, 0, byteLength >>> 1);
    this.u32 = new Uint32Array(buffer, 0, byteLength >>> 2);
    this.i32 = new Int32Array(buffer, 0, byteLength >>> 2);
    this.u64 = new BigUint64Array(buffer, 0, byteLength >>> 3);
    this.i64 = new BigInt64Array(buffer, 0, byteLength >>> 3);
  }
}

const NONE = new Words(new DataView(new ArrayBuffer(0)));

/**
 * Memory that BPF programs share: a section of global variables, or a mappable array. It changes when the object is loaded and when it is closed: take what
 * it gives anew for each use.
 *
 * `load…` and `store…` are for numbers at multiples of their size, in the byte order of this machine.
 */
export class GlobalsMemory {
  #view: DataView;
  #writable: DataView;
  #reads: Words;
  #writes: Words;

  /** @param view - from the start of its buffer */
  constructor(view: DataView) {
    this.#view = view;
    this.#writable = view;
    this.#reads = new Words(view);
    this.#writes = this.#reads;
  }

  /** Continues in other memory; with `frozen`, which throws when it is used, writing is over. */
  move(view: DataView, frozen?: DataView): void {
    this.#view = view;
    this.#writable = frozen ?? view;
    this.#reads = new Words(view);
    this.#writes = frozen === undefined ? this.#reads : NONE;
  }

  /** Ends all use; `closed` throws when it is used. */
  close(closed: DataView): void {
    this.#view = closed;
    this.#writable = closed;
    this.#reads = NONE;
    this.#writes = NONE;
  }

  get view(): DataView {
    return this.#view;
  }

  /** The same, for writing; a use of it throws where writing is not possible. */
  get writable(): DataView {
    return this.#writable;
  }

  /**
   * Writes a variable of more than one number. It is encoded aside first: nothing of a value that does not fit gets to
   * the BPF program, nor the zeros that a codec starts from.
   */
  write<T, I>(at: number, value: I, type: Codec<T, I>, field: string): void {
    const bytes = new Uint8Array(type.size);
    writeField(new DataView(bytes.buffer), 0, value, type, field);
    const target = this.#writable;
    new Uint8Array(target.buffer, target.byteOffset + at, type.size).set(bytes);
  }

  loadU16(at: number): number {
    return this.#reads.u16[at >>> 1] ?? this.#view.getUint16(at, true);
  }
  loadI16(at: number): number {
    return this.#reads.i16[at >>> 1] ?? this.#view.getInt16(at, true);
  }
  loadU32(at: number): number {
    return this.#reads.u32[at >>> 2] ?? this.#view.getUint32(at, true);
  }
  loadI32(at: number): number {
    return this.#reads.i32[at >>> 2] ?? this.#view.getInt32(at, true);
  }
  loadU64(at: number): bigint {
    return this.#reads.u64[at >>> 3] ?? this.#view.getBigUint64(at, true);
  }
  loadI64(at: number): bigint {
    return this.#reads.i64[at >>> 3] ?? this.#view.getBigInt64(at, true);
  }
  /** As a `number`. @throws {ValueError} naming `field` when that is not exact */
  loadSafeU64(at: number, field: string): number {
    return safe(this.loadU64(at), "__u64", field);
  }
  /** As a `number`. @throws {ValueError} naming `field` when that is not exact */
  loadSafeI64(at: number, field: string): number {
    return safe(this.loadI64(at), "__s64", field);
  }

  storeU16(at: number, value: number): void {
    store(this.#writes.u16, at >>> 1, value, this.#writable);
  }
  storeI16(at: number, value: number): void {
    store(this.#writes.i16, at >>> 1, value, this.#writable);
  }
  storeU32(at: number, value: number): void {
    store(this.#writes.u32, at >>> 2, value, this.#writable);
  }
  storeI32(at: number, value: number): void {
    store(this.#writes.i32, at >>> 2, value, this.#writable);
  }
  storeU64(at: number, value: bigint): void {
    store(this.#writes.u64, at >>> 3, value, this.#writable);
  }
  storeI64(at: number, value: bigint): void {
    store(this.#writes.i64, at >>> 3, value, this.#writable);
  }
  storeSafeU64(at: number, value: number, field: string): void {
    this.storeU64(at, BigInt(safeU64(value, field)));
  }
  storeSafeI64(at: number, value: number, field: string): void {
    this.storeI64(at, BigInt(safeI64(value, field)));
  }
}

/** Stores one element; where there is none, a use of `writable` says why. */
function store<T extends number | bigint>(
  words: { [index: number]: T; readonly length: number },
  index: number,
  value: T,
  writable: DataView,
): void {
  if (index < words.length) words[index] = value;
  else throw new RangeError(`the section has only ${writable.byteLength} bytes`);
}
