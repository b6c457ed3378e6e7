/** The public names of the runtime that generated code uses. No other file of the generator knows them. */

/** The entry that generated code imports: versioned, so that old skeletons go on working. */
export const RUNTIME_MODULE: string = "tinybpf/gen-v1";

const VALUES = [
  "arrayMap",
  "be",
  "bool",
  "btfTracepoint",
  "cgroupSkb",
  "codec",
  "embedded",
  "float",
  "float32",
  "getBigBits",
  "getBits",
  "getBytes",
  "getChars",
  "getI128",
  "getU128",
  "hashMap",
  "i16",
  "i32",
  "i64",
  "i8",
  "le",
  "lifted",
  "member",
  "members",
  "objectFile",
  "otherMap",
  "otherProgram",
  "perCpuArrayMap",
  "perCpuHashMap",
  "rawTracepoint",
  "ringBuffer",
  "setBits",
  "setBytes",
  "setChars",
  "setI128",
  "setU128",
  "skeleton",
  "struct",
  "syscallProgram",
  "tracepoint",
  "u16",
  "u32",
  "u64",
  "u8",
  "uprobe",
  "withUnion",
  "writeField",
  "writeUnion",
  "xdp",
  "zero",
] as const;

const TYPES = [
  "ArrayMap",
  "BigIntInput",
  "BtfTracepointProgram",
  "CgroupSkbProgram",
  "Cursor",
  "GlobalsMemory",
  "HashMap",
  "OpenSkeleton",
  "OtherMap",
  "PerCpuArrayMap",
  "PerCpuHashMap",
  "Program",
  "RawTracepointProgram",
  "RingBuffer",
  "Skeleton",
  "SkeletonClass",
  "SkeletonConfig",
  "Snapshot",
  "StructCodec",
  "SyscallProgram",
  "TracepointProgram",
  "UprobeProgram",
  "XdpProgram",
] as const;

/** A function, class or constant of the runtime. */
export type RuntimeValue = (typeof VALUES)[number];

/** A type of the runtime. */
export type RuntimeType = (typeof TYPES)[number];

/** Every name that an import could take; generated names stay clear of all of them, used or not. */
export const RUNTIME_NAMES: readonly string[] = [...new Set<string>([...VALUES, ...TYPES])];

/** What one module imports from the runtime, gathered while its code is written. */
export class RuntimeImports {
  readonly #values = new Set<RuntimeValue>();
  readonly #types = new Set<RuntimeType>();

  /** The name of a value, which is imported from now on. */
  value(name: RuntimeValue): string {
    this.#values.add(name);
    return name;
  }

  /** The name of a type, which is imported from now on. */
  type(name: RuntimeType): string {
    this.#types.add(name);
    return name;
  }

  /** The names to import: types first, each group in the order of its letters. */
  names(): { readonly name: string; readonly isTypeOnly: boolean }[] {
    return [
      ...[...this.#types].sort().map((name) => ({ name, isTypeOnly: true })),
      ...[...this.#values].sort().map((name) => ({ name, isTypeOnly: false })),
    ];
  }
}
