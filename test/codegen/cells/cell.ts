/**
 * Cells of the table "C to TypeScript": what a C type is in TypeScript, tested wherever a type can stand. For each, one
 * module is generated that has the type as a member of a struct between other bytes, as an element of an array, as a
 * member of a union, and as a global variable.
 */
import { ArrayView } from "../../../src/runtime/codec/array-view.ts";
import { describe, expect, test } from "vitest";
import type { StructCodec } from "tinybpf/gen-v1";
import type { GlobalVariableModel } from "tinybpf-btf";
import { ValueError } from "../../../src/runtime/errors.ts";
import type { GlobalsMemory } from "../../../src/runtime/globals-memory.ts";
import { BtfBuilder } from "../../btf-parser/btf-builder.ts";
import { type Module, generateAndImport, memoryOf, objectOf } from "../support.ts";
import type { AddType } from "./types.ts";

/** A C type, its bytes, and what they are in TypeScript. */
export interface Cell {
  /** A C identifier, its own in its file. */
  readonly name: string;
  readonly type: AddType;
  /** In hexadecimal. */
  readonly little: string;
  readonly big: string;
  /** What is written, and read. */
  readonly value: unknown;
  /** What is read, where that is more. */
  readonly reads?: object;
  /** Other values that are written as the same bytes. */
  readonly accepts?: readonly unknown[];
  readonly refuses?: readonly Refusal[];
  /** Arrays of this type are a cell of their own. */
  readonly alone?: boolean;
}

/** A value that cannot be written, a part of the reason, and where in the value it is, if not the whole. */
export type Refusal = readonly [value: unknown, reason: string, at?: string];

/** A cell of one value, whose bytes in the two orders are each other's reverse. */
export function scalar(
  name: string,
  type: AddType,
  big: string,
  value: unknown,
  more: Partial<Cell> = {},
): Cell {
  const little = big.match(/../g)?.toReversed().join("") ?? "";
  return { name, type, little, big, value, ...more };
}

/** A cell whose bytes are the same in both orders. */
export function bytewise(
  name: string,
  type: AddType,
  hex: string,
  value: unknown,
  more: Partial<Cell> = {},
): Cell {
  return { name, type, little: hex, big: hex, value, ...more };
}

/** Bytes around the member of a struct: one before it, two of padding behind. */
const BEFORE = 0x5a;
const PADDING = 2;

const ORDERS = ["little", "big"] as const;

/** Tests each cell in both byte orders. */
export function describeCells(cells: readonly Cell[]): void {
  describe.each(ORDERS)("%s-endian", async (order) => {
    const module = await moduleOf(cells, order);

    describe.each(cells)("$name", (cell) => {
      const hex = cell[order];
      const size = hex.length / 2;
      const codec = codecOf(module, `cell_${cell.name}`);
      const bytes = Uint8Array.from(Buffer.from(`5a${hex}0000`, "hex"));
      const { name, value, reads = value } = cell;

      test("is read", () => {
        expect(codec.size).toBe(bytes.length);
        expect(codec.decode(bytes)).toMatchObject({ lead: BEFORE });
        expect(membersOf(Reflect.get(codec.decode(bytes) as object, "value"), reads)).toEqual(reads);
      });

      test("is read in place, wherever the struct is", () => {
        const shifted = new Uint8Array(bytes.length + 7);
        shifted.set(bytes, 7);
        const view = codec.view(shifted.subarray(7));
        expect(membersOf(Reflect.get(view as object, "value"), reads)).toEqual(reads);
      });

      test("is written, padding as 0", () => {
        const target = new Uint8Array(bytes.length).fill(0xee);
        codec.write(new DataView(target.buffer), 0, { lead: BEFORE, value });
        expect(target).toEqual(bytes);
      });

      test("what was read is written back", () => {
        expect(codec.encode(codec.decode(bytes))).toEqual(bytes);
      });

      test.each((cell.accepts ?? []).map((accepted) => ({ accepted })))(
        "is written from $accepted",
        ({ accepted }) => {
          expect(codec.encode({ lead: BEFORE, value: accepted })).toEqual(bytes);
        },
      );

      if (size > 0) {
        test("is a global variable", () => {
          const memory = memoryOf(bytes.slice(1, 1 + size));
          const globals = globalsOf(module, name, memory);
          expect(membersOf(Reflect.get(globals, `global_${name}`), reads)).toEqual(reads);
          memory.bytes.fill(0xee);
          Reflect.set(globals, `global_${name}`, value);
          expect(memory.bytes).toEqual(bytes.slice(1, 1 + size));
        });
      }

      const refusals = (cell.refuses ?? []).map(([bad, reason, at = ""]) => ({
        bad,
        reason,
        at,
        shown: show(bad),
      }));

      test.each(refusals)("$shown is refused, wherever it stands", ({ bad, reason, at }) => {
        expectRefusal(() => codec.encode({ lead: BEFORE, value: bad }), `cell_${name}.value${at}`, reason);
        if (cell.alone !== true) {
          const list = codecOf(module, `list_${name}`);
          expectRefusal(() => list.encode({ values: [value, bad] }), `list_${name}.values[1]${at}`, reason);
        }
        // A union without a value for any member has an error of its own.
        if (bad !== undefined) {
          const either = codecOf(module, `either_${name}`);
          const path = `either_${name}.choice.value${at}`;
          expectRefusal(() => either.encode({ choice: { value: bad } }), path, reason);
        }
        // Of a global variable nothing is written.
        const memory = memoryOf(bytes.slice(1, 1 + size));
        const globals = globalsOf(module, name, memory);
        expectRefusal(() => Reflect.set(globals, `global_${name}`, bad), `global_${name}${at}`, reason);
        expect(memory.bytes).toEqual(bytes.slice(1, 1 + size));
      });
    });
  });
}

/** Expects a `ValueError` about the value at `path`. */
export function expectRefusal(write: () => unknown, path: string, reason: string): void {
  const error = thrownBy(write);
  expect(error).toBeInstanceOf(ValueError);
  if (!(error instanceof ValueError)) return;
  expect(error.path).toBe(path);
  expect(error.reason).toContain(reason);
  expect(error.message).toBe(path === "" ? error.reason : `${path}: ${error.reason}`);
  expect(error.message).not.toContain("\n");
}

function thrownBy(write: () => unknown): unknown {
  try {
    write();
  } catch (error) {
    return error;
  }
  return new Error("was accepted");
}

async function moduleOf(cells: readonly Cell[], order: "little" | "big"): Promise<Module> {
  const btf = new BtfBuilder({ byteOrder: order });
  const byte = btf.int("__u8", 1);
  const variables = cells.map((cell): GlobalVariableModel => {
    const type = cell.type(btf);
    const size = cell[order].length / 2;
    btf.composite("STRUCT", `cell_${cell.name}`, 1 + size + PADDING, [
      { name: "lead", type: byte, bits: 0 },
      { name: "value", type, bits: 8 },
    ]);
    btf.composite("STRUCT", `list_${cell.name}`, 2 * size, [
      { name: "values", type: btf.array(type, 2), bits: 0 },
    ]);
    const union = btf.composite("UNION", `union_${cell.name}`, Math.max(size, 1), [
      { name: "other", type: byte, bits: 0 },
      { name: "value", type, bits: 0 },
    ]);
    btf.composite("STRUCT", `either_${cell.name}`, Math.max(size, 1), [
      { name: "choice", type: union, bits: 0 },
    ]);
    return { ...VARIABLE, name: `global_${cell.name}`, type, size };
  });
  const globals = variables.map((variable) => ({
    section: `.data.${variable.name}`,
    name: `data_${variable.name}`,
    size: variable.size,
    readonly: false,
    initial: new Uint8Array(variable.size),
    datasec: undefined,
    variables: [variable],
  }));
  return generateAndImport(objectOf(btf.parse(), { globals }), {
    types: ["cell_*", "list_*", "either_*"],
    name: "Cells",
  });
}

/** A variable that starts its section. */
const VARIABLE = { offset: 0, binding: "global", visibility: "default", tags: [], variable: 1 } as const;

type AnyCodec = StructCodec<unknown, unknown>;

function codecOf(module: Module, tag: string): AnyCodec {
  const found = Object.values(module)
    .filter(isCodec)
    .find(({ name }) => name === `struct ${tag}`);
  if (found === undefined) throw new Error(`there is no codec of struct ${tag}`);
  return found;
}

export function isCodec(value: unknown): value is AnyCodec {
  return typeof value === "object" && value !== null && "decode" in value && "View" in value;
}

/** The class of the section that holds the cell's variable. */
function globalsOf(module: Module, name: string, memory: GlobalsMemory): object {
  const found = Object.values(module)
    .filter((value) => typeof value === "function")
    .find(({ prototype }: { readonly prototype: object }) => Object.hasOwn(prototype, `global_${name}`));
  if (found === undefined) throw new Error(`there is no class with global_${name}`);
  return Reflect.construct(found, [memory]) as object;
}

/** The members of a view or a union that `like` has, deeply; other values as they are. */
function membersOf(actual: unknown, like: unknown): unknown {
  if (actual === null || typeof actual !== "object" || Array.isArray(actual) || ArrayBuffer.isView(actual))
    return actual;
  if (actual instanceof ArrayView) {
    const copy: unknown = actual.copy();
    // One by one, elements are as they are in the copy.
    expect(Array.from(actual, (each, index) => membersOf(each, Reflect.get(copy as object, index)))).toEqual(
      Array.from(copy as ArrayLike<unknown>),
    );
    return copy;
  }
  return Object.fromEntries(
    Object.entries(like as object).map(([key, value]) => [key, membersOf(Reflect.get(actual, key), value)]),
  );
}

/** A value in the title of a test. */
function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol" || typeof value === "function") return String(value);
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "object" && value !== null) {
    const text = JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === "bigint" ? `${inner}n` : inner,
    );
    return `${value.constructor.name} ${text}`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
