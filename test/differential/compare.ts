/** Our codecs against the compiler's answers. Each function gives what differs, in words; nothing when all is well. */
import { formatValue } from "tinybpf";
import type { LayoutTruth } from "./c-layout.ts";
import type { AnyCodec } from "./generated.ts";
import { chosenValue } from "./inputs.ts";
import { leaves } from "./leaves.ts";
import type { Composite } from "./model.ts";
import type { Filling } from "./truth.ts";

/** Sizes and places. */
export function compareLayout(type: Composite, codec: AnyCodec, truth: LayoutTruth): string[] {
  const found: string[] = [];
  const expect = (what: string, ours: unknown, theirs: unknown): void => {
    if (ours !== theirs) found.push(`${what}: ${String(ours)}, in C ${String(theirs)}`);
  };
  expect("size", codec.size, truth.size);
  // An alignment that attributes ask for is not in BTF. What is assumed then must at least be possible.
  if (type.isNatural) expect("align", codec.align, truth.align);
  else expect("bytes behind the last multiple of its alignment", codec.size % codec.align, 0);
  // What is the kernel's is not in the model: see btf-model.ts.
  const values = Object.entries(codec.fields).filter(([, { ofKernel }]) => ofKernel === undefined);
  const ours = values
    .map(([name]) => name)
    .toSorted()
    .join(", ");
  expect("members", ours, [...truth.fields.keys()].toSorted().join(", "));
  for (const [name, field] of truth.fields) {
    const own = codec.fields[name];
    expect(`offset of ${name}`, own?.offset, field.offset);
    expect(`size of ${name}`, own?.size, field.size);
    expect(`bits of ${name}`, own?.bits?.join("+"), field.bits?.join("+"));
  }
  return found;
}

/** Random bytes: every leaf is as C prints it, read at once and in place, and is written as C writes it. */
export function compareFilling(type: Composite, codec: AnyCodec, filling: Filling): string[] {
  const { bytes, round } = filling;
  const place = `round ${round}, ${hex(bytes)}`;
  const expected = filling.leaves.join("\n");
  const value = codec.decode(bytes);
  const found: string[] = [];
  const compare = (what: string, actual: unknown): void => {
    const text = leaves(type, actual).join("\n");
    if (text !== expected) found.push(`${what} (${place}): ${firstDifference(text, expected)}`);
  };
  compare("decoded", value);
  const view = codec.view(bytes);
  compare("view", view);
  for (const [what, show] of Object.entries({ toJSON: json, formatValue })) {
    const [text, wanted] = [show(codec, view), show(codec, value)];
    if (text !== wanted) found.push(`${what} of the view (${place}): ${text}, of the value ${wanted}`);
  }
  compare("decoded from what was encoded as it was read", codec.decode(codec.encode(value)));
  const written = compareWritten(codec, chosenValue(type, value, round), filling.copy);
  return [...found, ...written.map((difference) => `${difference} (${place})`)];
}

function json(codec: AnyCodec, value: unknown): string {
  return JSON.stringify(codec.toJSON(value));
}

/** A value that was compiled: it is written as the compiler did, and read as it was. */
export function compareConstant(
  type: Composite,
  codec: AnyCodec,
  value: unknown,
  bytes: Uint8Array,
): string[] {
  const found = compareWritten(codec, value, bytes);
  const expected = leaves(type, value);
  const decoded = new Set(leaves(type, codec.decode(bytes)));
  const missing = expected.filter((line) => !decoded.has(line));
  if (missing.length > 0) found.push(`decoded from ${hex(bytes)}: no ${missing.join(", ")}`);
  return found;
}

/** Bytes around what is written, and where it is written: not at 0, and into memory that is not 0. */
const DIRTY = 0xa5;
const BEFORE = 3;
const BEHIND = 5;

/** A value is written as C has it, into new memory and over what was there, and not a byte besides. */
function compareWritten(codec: AnyCodec, value: unknown, bytes: Uint8Array): string[] {
  const encoded = codec.encode(value);
  const memory = new Uint8Array(BEFORE + bytes.length + BEHIND).fill(DIRTY);
  const expected = memory.slice();
  expected.set(bytes, BEFORE);
  codec.write(new DataView(memory.buffer), BEFORE, value);
  return [
    ...(hex(encoded) === hex(bytes) ? [] : [`encoded: ${hex(encoded)}, in C ${hex(bytes)}`]),
    ...(hex(memory) === hex(expected) ? [] : [`written: ${hex(memory)}, wanted ${hex(expected)}`]),
  ];
}

/** Runs a comparison; what it throws differs from C as well, which throws nothing. */
export function caught(compare: () => string[]): string[] {
  try {
    return compare();
  } catch (error) {
    return [error instanceof Error ? `${error.name}: ${error.message}` : String(error)];
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function firstDifference(text: string, expected: string): string {
  const theirs = expected.split("\n");
  const ours = text.split("\n");
  const at = theirs.findIndex((line, index) => line !== ours[index]);
  return at === -1
    ? `${ours.length - theirs.length} more, from ${ours[theirs.length]}`
    : `${ours[at]}, in C ${theirs[at]}`;
}
