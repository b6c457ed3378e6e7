/** The public names of the runtime that generated code uses. No other file of the generator knows them. */

/** The entry that generated code imports: versioned, so that old skeletons go on working. */
export const RUNTIME_MODULE: string = "tinybpf/gen-v1";

const VALUES = [
  "arrayMap",
  "be",
  "bigSigned",
  "bigUnsigned",
  "bool",
  "btfTracepoint",
  "cgroupSkb",
  "embedded",
  "eventUnion",
  "float",
  "float32",
  "getBigBits",
  "getBits",
  "getBytes",
  "getChars",
  "getF32s",
  "getF64s",
  "getI128",
  "getI16s",
  "getI32s",
  "getI64s",
  "getI8s",
  "getSafeBits",
  "getSafeI64",
  "getSafeU64",
  "getU128",
  "getU16s",
  "getU32s",
  "getU64s",
  "getU8s",
  "hashMap",
  "i16",
  "i32",
  "i64",
  "i8",
  "lazily",
  "le",
  "lifted",
  "member",
  "members",
  "objectFile",
  "otherMap",
  "otherProgram",
  "perCpuArrayMap",
  "perCpuHashMap",
  "perfEventArray",
  "rawTracepoint",
  "ringBuffer",
  "setBits",
  "setBytes",
  "setChars",
  "setF32s",
  "setF64s",
  "setI128",
  "safeBits",
  "setI16s",
  "setI32s",
  "setI64s",
  "setI8s",
  "setSafeBits",
  "setSafeI64",
  "setSafeU64",
  "setU128",
  "setU16s",
  "setU32s",
  "setU64s",
  "setU8s",
  "signed",
  "skeleton",
  "struct",
  "syscallProgram",
  "tracepoint",
  "u16",
  "u32",
  "u64",
  "u8",
  "unsigned",
  "uprobe",
  "withUnion",
  "writeField",
  "writeUnion",
  "xdp",
  "zero",
  "cgroup",
  "extension",
  "flowDissector",
  "iterator",
  "kprobe",
  "kprobeMulti",
  "ksyscall",
  "lsm",
  "netfilter",
  "netkit",
  "perfEvent",
  "skLookup",
  "skMsg",
  "skReuseport",
  "skSkb",
  "socketFilter",
  "tc",
  "tracing",
  "uprobeMulti",
  "usdt",
  "structOps",
] as const;

const TYPES = [
  "ArrayMap",
  "ArrayView",
  "BigIntInput",
  "BtfTracepointProgram",
  "CgroupSkbProgram",
  "Cursor",
  "EventUnion",
  "GlobalsMemory",
  "HashMap",
  "OpenSkeleton",
  "OtherMap",
  "PerCpuArrayMap",
  "PerCpuHashMap",
  "PerfEventArray",
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
  "CgroupProgram",
  "ExtensionProgram",
  "FlowDissectorProgram",
  "IteratorProgram",
  "KprobeProgram",
  "KprobeMultiProgram",
  "KsyscallProgram",
  "LsmProgram",
  "NetfilterProgram",
  "NetkitProgram",
  "PerfEventProgram",
  "SkLookupProgram",
  "SkMsgProgram",
  "SkReuseportProgram",
  "SkSkbProgram",
  "SocketFilterProgram",
  "TcProgram",
  "TracingProgram",
  "UprobeMultiProgram",
  "UsdtProgram",
  "StructOpsMap",
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
