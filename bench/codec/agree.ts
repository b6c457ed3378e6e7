/** Before anything is timed: do all candidates come to the same result? */
import { deepStrictEqual } from "node:assert";
import { CANDIDATES, type CandidateName, operationsOf } from "./candidates.ts";
import { records } from "./records.ts";
import { SAMPLES, type StructName } from "./values.ts";

/** Checks each operation of each candidate on every sample. */
export function agree(struct: StructName): void {
  const { values, bytes, size } = records(struct);
  for (const candidate of CANDIDATES) {
    for (const [name, operation] of Object.entries(operationsOf(candidate, struct))) {
      for (let i = 0; i < SAMPLES; i++) {
        const result = operation(i);
        const where = `${candidate}, ${name}, ${struct} ${i}`;
        if (name === "read" || name === "decode") deepStrictEqual(plain(result), plain(values[i]), where);
        else if (result instanceof DataView)
          deepStrictEqual(new Uint8Array(result.buffer, i * size, size), bytes[i], where);
        else if (name === "encode" && comparable(candidate)) deepStrictEqual(result, bytes[i], where);
      }
    }
  }
}

/** protobuf's bytes are its own: what it decodes from them is compared. */
function comparable(candidate: CandidateName): boolean {
  return candidate !== "protobuf-es";
}

/** A value without the differences in how candidates express it. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const list: unknown[] = Array.from(value as unknown as ArrayLike<unknown>, plain);
    return list;
  }
  // protobuf has no lists of lists: a message is between them.
  if ("cells" in value) return plain(value.cells);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith("$"))
      .map(([key, member]: [string, unknown]) => [key, plain(member)]),
  );
}
