/** What attach calls of several kinds of programs take. */
import { text } from "../arguments.ts";
import type { BigIntInput } from "../codec/check.ts";
import { u64, wrong } from "../codec/check.ts";
import { ValueError } from "../errors.ts";

/** A value that the program gets with `bpf_get_attach_cookie`, to tell its attachments apart. */
export function cookieOf(value: BigIntInput | undefined): bigint {
  return value === undefined ? 0n : u64(value, "cookie");
}

/** A number of bytes. */
export function offsetOf(value: number | undefined): number {
  if (value === undefined) return 0;
  if (!Number.isSafeInteger(value) || value < 0) throw new ValueError("must be a number of bytes", "offset");
  return value;
}

/** libbpf and the kernel mean every process. */
const ALL_PROCESSES = -1;

/** A process id; every process when there is none. */
export function pidOf(value: number | undefined): number {
  if (value === undefined) return ALL_PROCESSES;
  if (!Number.isInteger(value) || value < ALL_PROCESSES || value > 0x7fff_ffff)
    throw new ValueError("must be a process id", "pid");
  return value;
}

/** A list, each element of it checked. */
export function listOf<T, R>(
  value: readonly T[],
  name: string,
  element: (value: T, name: string) => R,
): readonly R[] {
  if (!Array.isArray(value)) throw wrong(value, "an array", name);
  if (value.length === 0) throw new ValueError("is empty", name);
  return Array.from(value, (one: T, index) => element(one, `${name}[${index}]`));
}

/** A list of strings for C; undefined when there is none. */
export function texts(value: readonly string[] | undefined, name: string): readonly string[] | undefined {
  return value === undefined ? undefined : listOf(value, name, text);
}

/** A list of 64-bit numbers, as many as there are places; undefined when there is none. */
export function numbers(
  value: readonly BigIntInput[] | undefined,
  name: string,
  count?: number,
): readonly bigint[] | undefined {
  if (value === undefined) return undefined;
  const list = listOf(value, name, u64);
  if (count !== undefined && list.length !== count)
    throw new ValueError(`has ${list.length} elements, and there are ${count} places`, name);
  return list;
}
