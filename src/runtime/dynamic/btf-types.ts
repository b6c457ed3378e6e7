/** The C types of an object, by name: what a program without generated code knows them by. */
import { type Btf, type BtfType, findCType, TypeLookupError } from "tinybpf-btf";
import { assertObject, text } from "../arguments.ts";
import { SkeletonError, TypeMismatchError } from "../errors.ts";
import type { StructCodec } from "../codec/codec.ts";
import type { AnyCodec } from "../codec/value-type.ts";
import { BtfCodecs } from "./btf-codecs.ts";
import {
  assertTypeLike,
  describeMismatch,
  mismatches,
  type TypeLike,
  type ValidateOptions,
} from "./mismatches.ts";
import { type TypeInfo, typeInfo } from "./type-info.ts";
import type { DynamicStruct } from "./values.ts";

/** Codec of a struct whose members are known at run time. */
export type DynamicCodec = StructCodec<DynamicStruct, object, DynamicStruct>;

/**
 * The types of a BPF object, or of the kernel. Names are those of C: `event`, `struct event`, `event_t`; without a keyword a
 * struct comes before a union, a typedef and the rest.
 */
export class BtfTypes {
  /** Whose types these are, for messages. */
  readonly source: string;
  readonly #btf: Btf;
  /** @internal */
  readonly codecs: BtfCodecs;

  /** @internal */
  constructor(btf: Btf, source: string, codecs: BtfCodecs = new BtfCodecs(btf)) {
    this.#btf = btf;
    this.source = source;
    this.codecs = codecs;
  }

  /**
   * What a type is: its kind and size, the fields of a struct with their places, the length of an array.
   *
   * @throws {SkeletonError} when there is none of this name
   *
   * @example
   * ```ts
   * const type = object.btf.type("exec_event");
   * if (type.kind === "struct") for (const { name, offset, size } of type.fields) console.log(name, offset, size);
   * ```
   */
  type(name: string): TypeInfo {
    return typeInfo(this.#btf, this.#find(name).id);
  }

  /**
   * The codec of a struct or union, made when first asked for. Its values are those that a generated codec has.
   *
   * @throws {SkeletonError} when there is none of this name, or a member of it is not defined
   */
  struct(name: string): DynamicCodec {
    const codec = this.codecs.struct(this.#find(name).id);
    if (codec === undefined)
      throw new SkeletonError(`${name} in ${this.source} is no struct or union with members to read`);
    // Its members are what C has: values of every kind, by name.
    return codec as unknown as DynamicCodec;
  }

  /**
   * The codec of any type with a size.
   *
   * @throws {SkeletonError} when there is none of this name
   */
  codec(name: string): AnyCodec {
    const codec = this.codecs.type(this.#find(name).id);
    if ("leftOut" in codec)
      throw new SkeletonError(`${name} in ${this.source} has no values: ${codec.leftOut}`);
    return codec;
  }

  /**
   * Checks that a codec, or a list of fields, describes the struct or union `name`: its size, the number of fields, and of
   * each field its name, place, size, bits, kind and sign.
   *
   * @throws {TypeMismatchError} with all differences
   * @throws {SkeletonError} when there is no struct or union of this name
   *
   * @example
   * ```ts
   * object.btf.validate("exec_stats", ExecStats); // a generated codec, against the object that is loaded
   * object.btf.validate("exec_stats", { size: 16, fields: { execs: { offset: 0, size: 8 }, last_ts: { offset: 8, size: 8 } } });
   * ```
   */
  validate(name: string, like: TypeLike, options: ValidateOptions = {}): void {
    const type = this.type(name);
    if (type.kind !== "struct" && type.kind !== "union")
      throw new SkeletonError(`${name} in ${this.source} is no struct or union`);
    assertTypeLike(like);
    assertObject(options, "options");
    const found = mismatches(type, like, options);
    if (found.length > 0)
      throw new TypeMismatchError(`${type.name} in ${this.source}`, found, found.map(describeMismatch));
  }

  #find(name: string): BtfType {
    try {
      return findCType(this.#btf, this.source, text(name, "name"));
    } catch (error) {
      if (error instanceof TypeLookupError) throw new SkeletonError(error.message, { cause: error });
      throw error;
    }
  }
}
