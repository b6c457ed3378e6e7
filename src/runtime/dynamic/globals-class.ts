/** Sections of global variables: a class with a getter and a setter for each variable, made at run time. */
import {
  type BtfType,
  type GlobalSectionModel,
  type GlobalVariableModel,
  visibleVariables,
} from "tinybpf-btf";
import { type Codec, writeField } from "../codec/codec.ts";
import { i16, i32, i64, u16, u32, u64, type BigIntInput } from "../codec/check.ts";
import type { GlobalsDescriptor } from "../globals.ts";
import type { GlobalsMemory } from "../globals-memory.ts";
import type { BtfCodecs } from "./btf-codecs.ts";

/** How one variable is read and written. */
interface Access {
  readonly get: (memory: GlobalsMemory) => unknown;
  readonly set: (memory: GlobalsMemory, value: never) => void;
}

/** What describes a section, with the accessors of the variables that users get to see. */
export function globalsDescriptor(codecs: BtfCodecs, section: GlobalSectionModel): GlobalsDescriptor {
  class Globals {
    readonly #memory: GlobalsMemory;

    constructor(memory: GlobalsMemory) {
      this.#memory = memory;
    }

    /** Variables may have any name, which is why this is no member of objects. */
    static add(name: string, { get, set }: Access): void {
      Object.defineProperty(Globals.prototype, name, {
        configurable: true,
        enumerable: true,
        get(this: Globals) {
          return get(this.#memory);
        },
        set(this: Globals, value: unknown) {
          set(this.#memory, value as never);
        },
      });
    }
  }
  for (const variable of visibleVariables(section)) {
    const access = accessOf(codecs, variable);
    if (access !== undefined) Globals.add(variable.name, access);
  }
  return { section: section.section, size: section.size, Class: Globals };
}

function accessOf(codecs: BtfCodecs, { name, type: id, offset }: GlobalVariableModel): Access | undefined {
  const resolved = codecs.btf.resolve(id);
  const type = codecs.type(id);
  if ("leftOut" in type) return undefined;
  const isOurs = codecs.btf.byteOrder === "little" && codecs.registeredFor(id) === undefined;
  const word = isOurs ? wordAccess(resolved, name, offset) : undefined;
  if (word !== undefined) return word;
  // Anything but one number must not be seen half-written.
  const isNumber = ["INT", "FLOAT", "PTR", "ENUM", "ENUM64"].includes(resolved.kind);
  const codec: Codec<unknown, never> = type;
  return {
    get: (memory) => codec.read(memory.view, offset),
    set: isNumber
      ? (memory, value) => writeField(memory.writable, offset, value, codec, name)
      : (memory, value) => memory.write(offset, value, codec, name),
  };
}

/** Integers of more than a byte, at their natural places: one load, one store, in the byte order of this machine. */
function wordAccess(type: BtfType, name: string, at: number): Access | undefined {
  const { size, signed } =
    type.kind === "PTR"
      ? { size: 8, signed: false }
      : (type.kind === "INT" && !type.bool) || type.kind === "ENUM" || type.kind === "ENUM64"
        ? type
        : { size: 0, signed: false };
  if (size === 0 || at % size !== 0) return undefined;
  switch (size) {
    case 2:
      return signed
        ? { get: (m) => m.loadI16(at), set: (m, value: number) => m.storeI16(at, i16(value, name)) }
        : { get: (m) => m.loadU16(at), set: (m, value: number) => m.storeU16(at, u16(value, name)) };
    case 4:
      return signed
        ? { get: (m) => m.loadI32(at), set: (m, value: number) => m.storeI32(at, i32(value, name)) }
        : { get: (m) => m.loadU32(at), set: (m, value: number) => m.storeU32(at, u32(value, name)) };
    case 8:
      return signed
        ? { get: (m) => m.loadI64(at), set: (m, value: BigIntInput) => m.storeI64(at, i64(value, name)) }
        : { get: (m) => m.loadU64(at), set: (m, value: BigIntInput) => m.storeU64(at, u64(value, name)) };
    default:
      return undefined;
  }
}
