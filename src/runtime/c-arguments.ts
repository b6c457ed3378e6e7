/** Arrays for C, which has to find them where they are until its call is over. */
import type { Address } from "./c.ts";
import { allocate, type Memory, setPointer } from "./native.ts";

/** Memory that the arguments of one call point to. */
export class CArguments {
  readonly #held: Memory[] = [];

  /** Zeroed memory. */
  memory(size: number): Memory {
    const memory = allocate(size);
    this.#held.push(memory);
    return memory;
  }

  /** A `__u64[]` or, on a machine of 64 bits, an `unsigned long[]`; NULL when there is none. */
  u64s(values: readonly bigint[] | undefined): Address | null {
    if (values === undefined) return null;
    const { address, view } = this.memory(values.length * 8);
    values.forEach((value, index) => view.setBigUint64(index * 8, value, true));
    return address;
  }

  /** A `const char *`. The string holds no NUL: `text` has seen to it. */
  string(value: string): Address {
    const bytes = new TextEncoder().encode(value);
    const string = this.memory(bytes.length + 1);
    string.bytes.set(bytes);
    return string.address;
  }

  /** A `const char *[]`; NULL when there is none. */
  strings(values: readonly string[] | undefined): Address | null {
    if (values === undefined) return null;
    const pointers = this.memory(values.length * 8);
    values.forEach((value, index) => setPointer(pointers, index * 8, this.string(value)));
    return pointers.address;
  }

  /** Lets go of it. Without this last use, garbage collection might free it during the call. */
  release(): void {
    this.#held.length = 0;
  }
}

/** Runs `call` with memory that lasts as long as it. */
export function withArguments<T>(call: (c: CArguments) => T): T {
  const c = new CArguments();
  try {
    return call(c);
  } finally {
    c.release();
  }
}
