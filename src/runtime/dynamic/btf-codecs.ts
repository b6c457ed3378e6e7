/** Codecs made from BTF at run time. Their values are those of generated codecs; the differential tests compare them. */
import {
  type ArrayType,
  type Btf,
  BtfParseError,
  type BtfType,
  type TypeId,
  isOpaque,
  kernelField,
  sizeOf,
} from "tinybpf-btf";
import { array, isStruct } from "../codec/arrays.ts";
import { type Codec, codec } from "../codec/codec.ts";
import type { AnyStruct } from "../codec/event-union.ts";
import { be, type Codecs, le } from "../codec/kinds.ts";
import type { NumberArrays } from "../codec/number-arrays.ts";
import type { AnyCodec } from "../codec/value-type.ts";
import { TypeMismatchError } from "../errors.ts";
import { type Bits, bitfieldCodec } from "./bitfields.ts";
import { CNames } from "./c-name.ts";
import { bigEnumerators, enumerators } from "./enums.ts";
import { type LeftOut, membersOf, type TypeReader } from "./members.ts";
import { codecMismatches, describeMismatch } from "./mismatches.ts";
import { structCodec } from "./struct-codec.ts";
import { type TypeInfo, typeInfo } from "./type-info.ts";

/** Deeper nesting is no C program's; the kernel follows 32 (`MAX_RESOLVE_DEPTH`, kernel/bpf/btf.c). */
const MAX_NESTING = 64;

/** The codecs of the types of one BTF, each made when first asked for. */
export class BtfCodecs implements TypeReader<AnyCodec> {
  readonly btf: Btf;
  readonly #codecs: Codecs;
  readonly #names: CNames;
  readonly #registered: (name: string) => AnyCodec | undefined;
  readonly #made = new Map<TypeId, AnyCodec>();
  /** The structs that are being made, each in the one before it. */
  readonly #path: TypeId[] = [];

  /** @param registered - codecs that stand for C types in place of those made here, by their names without keywords */
  constructor(btf: Btf, registered: (name: string) => AnyCodec | undefined = () => undefined) {
    this.btf = btf;
    this.#registered = registered;
    this.#codecs = btf.byteOrder === "little" ? le : be;
    this.#names = new CNames(btf);
  }

  /**
   * The codec of a struct or union; undefined for any other type, and for what has no members to read.
   *
   * @throws {BtfParseError} when the type is not as compilers write it
   */
  struct(id: TypeId): AnyStruct | undefined {
    const found = this.type(id);
    return "leftOut" in found || !isStruct(found) ? undefined : found;
  }

  /**
   * The codec of any type, or why it has none.
   *
   * @throws {BtfParseError} when the type is not as compilers write it
   * @throws {TypeMismatchError} when a codec was registered for it that describes something else
   */
  type(id: TypeId): AnyCodec | LeftOut {
    const registered = this.registeredFor(id);
    if (registered !== undefined) return registered;
    const type = this.btf.resolve(id);
    const known = this.#made.get(type.id);
    if (known !== undefined) return known;
    const made = this.#make(type);
    // Of a struct that is nested too deep here, another place may know more.
    if (!("leftOut" in made) && !(isComposite(type) && this.#path.length >= MAX_NESTING))
      this.#made.set(type.id, made);
    return made;
  }

  /** The codec that was registered for the first of its names that has one: those of typedefs, then its own. */
  registeredFor(id: TypeId): AnyCodec | undefined {
    const resolved = this.btf.resolve(id);
    for (let at = id; ;) {
      const type = this.btf.type(at);
      const known = type.name === "" ? undefined : this.#registered(type.name);
      if (known !== undefined) {
        assertDescribes(known, typeInfo(this.btf, resolved.id));
        return known;
      }
      if (at === resolved.id || !("type" in type)) return undefined;
      at = type.type;
    }
  }

  bitfield(id: TypeId, bits: Bits): AnyCodec {
    return bitfieldCodec(this.#codecs, this.btf.resolve(id), bits);
  }

  ofKernel(id: TypeId): string | undefined {
    return kernelField(this.btf, id);
  }

  #make(type: BtfType): AnyCodec | LeftOut {
    const codecs = this.#codecs;
    switch (type.kind) {
      case "INT": {
        if (type.bool && type.size === 1) return codecs.bool;
        if (type.size === 16) return type.signed ? codecs.i128 : codecs.u128;
        const word = wordOf(type.size, type.signed);
        return word === undefined ? this.#bytes(type.size) : codecs[word];
      }
      case "FLOAT":
        // `_Float16` and `long double` have no counterpart in JavaScript.
        return type.size === 4 ? codecs.f32 : type.size === 8 ? codecs.f64 : this.#bytes(type.size);
      case "PTR":
        return codecs.pointer;
      case "ENUM":
      case "ENUM64":
        if (type.size === 0) return { leftOut: `enum ${type.name} is declared, but not defined` };
        return this.#enum(type);
      case "STRUCT":
      case "UNION":
        return this.#composite(type);
      case "ARRAY":
        return this.#array(type);
      case "VOID":
        return { leftOut: "void" };
      case "FWD":
        return { leftOut: `${type.of} ${type.name} is declared, but not defined` };
      case "FUNC":
      case "FUNC_PROTO":
        return { leftOut: "a function" };
      default:
        return { leftOut: `a ${type.kind}` };
    }
  }

  /** An enum whose values BTF does not have is the integer it is stored as. */
  #enum(type: BtfType & { readonly kind: "ENUM" | "ENUM64" }): AnyCodec {
    const { size, signed } = type;
    const word = wordOf(size, signed);
    if (word === undefined) return this.#bytes(size);
    if (type.values.length === 0) return this.#codecs[word];
    const name = this.#names.of(type);
    return size === 1 || size === 2 || size === 4
      ? this.#codecs.enumeration(name, size, signed, enumerators(type))
      : this.#codecs.enumeration64(name, signed, bigEnumerators(type));
  }

  #composite(type: BtfType & { readonly kind: "STRUCT" | "UNION" }): AnyCodec {
    const { id, size } = type;
    if (this.#path.includes(id)) throw new BtfParseError("contains itself", { section: ".BTF", typeId: id });
    if (this.#path.length >= MAX_NESTING || isOpaque(this.btf, type)) return this.#bytes(size);
    this.#path.push(id);
    try {
      return structCodec(this.#names.of(type), membersOf(this.btf, this, id));
    } finally {
      this.#path.pop();
    }
  }

  #array(type: ArrayType): AnyCodec | LeftOut {
    const codecs = this.#codecs;
    const { nelems } = type;
    const element = this.btf.resolve(type.type);
    if (sizeOf(this.btf, type.id) === undefined) return { leftOut: "an array of a type that is not defined" };
    // BTF writes `x[]` and `x[0]` alike.
    if (nelems === 0) return { leftOut: "a flexible array" };
    if (element.kind === "INT" && element.size === 1 && !element.bool) {
      // clang sets no char flag for BPF and tells `char` by its name only; pahole sets the flag.
      if (element.name === "char" || element.char) return codecs.chars(nelems);
      if (!element.signed) return codecs.bytes(nelems);
    }
    if (element.kind === "PTR") return codecs.pointers(nelems);
    const word = numbersOf(element);
    if (word !== undefined) return codecs.numbers(word, nelems);
    const inner = this.type(element.id);
    if ("leftOut" in inner) return inner;
    // Bytes without a type are viewed as arrays are.
    return array(inner.type.kind === "bytes" ? codecs.bytes(inner.size) : inner, nelems);
  }

  /** Bytes without a type: a value of its own also in views. */
  #bytes(size: number): Codec<Uint8Array<ArrayBuffer>, Uint8Array> {
    return codec<Uint8Array<ArrayBuffer>, Uint8Array>(this.#codecs.bytes(size));
  }
}

function isComposite({ kind }: BtfType): boolean {
  return kind === "STRUCT" || kind === "UNION";
}

function assertDescribes(known: AnyCodec, type: TypeInfo): void {
  const found = codecMismatches(type, known);
  if (found.length === 0) return;
  const what = `${type.name}, for which ${known.name} is registered,`;
  throw new TypeMismatchError(what, found, found.map(describeMismatch));
}

/** The integer of this size, by the name that its codec has, if there is one. */
function wordOf(size: number, signed: boolean): Exclude<keyof NumberArrays, "f32" | "f64"> | undefined {
  if (size === 1) return signed ? "i8" : "u8";
  if (size === 2) return signed ? "i16" : "u16";
  if (size === 4) return signed ? "i32" : "u32";
  if (size === 8) return signed ? "i64" : "u64";
  return undefined;
}

/** What the elements of a typed array are. */
function numbersOf(type: BtfType): keyof NumberArrays | undefined {
  if (type.kind === "FLOAT") return type.size === 4 ? "f32" : type.size === 8 ? "f64" : undefined;
  if (type.kind === "INT" && !type.bool) return wordOf(type.size, type.signed);
  if ((type.kind === "ENUM" || type.kind === "ENUM64") && type.values.length === 0)
    return wordOf(type.size, type.signed);
  return undefined;
}
