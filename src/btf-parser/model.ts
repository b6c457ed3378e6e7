/** The object model: what a compiled BPF object offers to whoever loads it. */
import type { Btf } from "./btf.ts";
import type { BtfExt } from "./btf-ext.ts";
import type { Elf, SymbolBinding, SymbolVisibility } from "./elf.ts";
import type { TypeId } from "./types.ts";

/** A program: one function in a section whose name libbpf knows. */
export interface ProgramModel {
  /** The C function's name. */
  readonly name: string;
  /** The ELF section as written, such as `tracepoint/sched/sched_process_exec` or `?xdp`. */
  readonly section: string;
  /** What libbpf makes of the section's name. */
  readonly kind: ProgramKind;
  /** False when the section starts with `?`: it is loaded only when asked for. */
  readonly autoload: boolean;
  /** 8-byte instructions of its own, subprograms not counted. */
  readonly insnCount: number;
  /** Its `FUNC` type, when BTF has it. */
  readonly func: TypeId | undefined;
}

/** A program's kind as read from its section's name (libbpf.c, `section_defs`). */
export interface ProgramKind {
  /** The part of the section that selected the kind, such as `tp`, `uprobe.s` or `cgroup_skb/egress`. */
  readonly definition: string;
  /** `BPF_PROG_TYPE_*` in lower case without the prefix: `tracepoint`, `xdp`, `cgroup_skb`. Or `unspec`. */
  readonly progType: string;
  /** `BPF_*` of `enum bpf_attach_type` in lower case without the prefix, when the section decides it. */
  readonly attachType: string | undefined;
  /** Where the section says it attaches, in the parts libbpf reads from it. */
  readonly target: AttachTarget | undefined;
  readonly sleepable: boolean;
  /** Whether `bpf_program__attach` can attach it with what the section says. */
  readonly autoAttach: boolean;
}

/** The rest of the section's name, read as libbpf reads it for this kind. */
export type AttachTarget =
  | { readonly type: "tracepoint"; readonly category: string; readonly name: string }
  | { readonly type: "raw_tracepoint"; readonly name: string }
  | { readonly type: "function"; readonly name: string; readonly offset: number }
  | { readonly type: "pattern"; readonly pattern: string }
  | { readonly type: "syscall"; readonly name: string }
  | { readonly type: "uprobe"; readonly binary: string; readonly function: string; readonly offset: number }
  | { readonly type: "usdt"; readonly binary: string; readonly provider: string; readonly name: string }
  /** Kinds whose target is one BTF name: tp_btf, fentry, fexit, fmod_ret, lsm, iter, freplace, struct_ops. */
  | { readonly type: "btf"; readonly name: string }
  | { readonly type: "text"; readonly text: string };

/**
 * A map as its definition in `.maps` describes it. The maps that libbpf makes for sections of globals and for
 * struct_ops are not among them: see {@link GlobalSectionModel} and {@link StructOpsModel}.
 */
export interface MapModel {
  readonly name: string;
  /** Number of `enum bpf_map_type`; the `BPF_MAP_TYPE_*` name in lower case without prefix is `typeName`. */
  readonly type: number;
  /** `type_99` for a type newer than this package. */
  readonly typeName: string;
  readonly keySize: number;
  readonly valueSize: number;
  /** Undefined when the definition gives only a size. */
  readonly keyType: TypeId | undefined;
  readonly valueType: TypeId | undefined;
  readonly maxEntries: number;
  readonly mapFlags: number;
  readonly mapExtra: bigint;
  readonly numaNode: number | undefined;
  /** `LIBBPF_PIN_NONE` or `LIBBPF_PIN_BY_NAME`. */
  readonly pinning: "none" | "by_name";
  /** The map-in-map's inner definition. */
  readonly inner: MapModel | undefined;
  /** Slots of a map-in-map or program array initialised in C: index and the symbol it names. */
  readonly values: readonly { readonly index: number; readonly symbol: string }[];
  /** Texts of the declaration tags on the map's variable. */
  readonly tags: readonly string[];
  /** The `VAR` of the map in BTF; undefined for inner maps. */
  readonly variable: TypeId | undefined;
}

/** A section of global variables; libbpf makes an array map of one element for each. */
export interface GlobalSectionModel {
  /** `.data`, `.rodata`, `.bss`, or one of them with a suffix: `.data.x`. */
  readonly section: string;
  /** The member of a libbpf skeleton: `data`, `rodata`, `bss`, `data_x`, `rodata_x`. */
  readonly name: string;
  readonly size: number;
  readonly readonly: boolean;
  /** The section's bytes as compiled; zeros for `.bss`. A copy, made when first read. */
  readonly initial: Uint8Array;
  /** The `DATASEC`, when BTF has it. */
  readonly datasec: TypeId | undefined;
  readonly variables: readonly GlobalVariableModel[];
}

/** A global variable. */
export interface GlobalVariableModel {
  readonly name: string;
  readonly type: TypeId;
  /** Its `VAR` in BTF. */
  readonly variable: TypeId;
  /** Bytes from the start of the section, from the ELF symbol. */
  readonly offset: number;
  readonly size: number;
  readonly binding: SymbolBinding;
  readonly visibility: SymbolVisibility;
  readonly tags: readonly string[];
}

/** A name the object leaves for libbpf to fill in: a kernel config option or a kernel symbol. */
export interface ExternModel {
  readonly section: ".kconfig" | ".ksyms";
  readonly name: string;
  /** Its variable's type, or its `FUNC_PROTO` for a kernel function. */
  readonly type: TypeId;
  /** `func` for a kernel function (kfunc). */
  readonly is: "var" | "func";
  /** Weak: absence is no error. */
  readonly weak: boolean;
}

/** A struct_ops map: one variable in `.struct_ops` or `.struct_ops.link`. */
export interface StructOpsModel {
  readonly name: string;
  readonly section: string;
  /** The struct's type in the object's BTF. */
  readonly type: TypeId;
  readonly offset: number;
  readonly size: number;
  /** Function pointer members that C initialised: member and the program it names. */
  readonly programs: readonly { readonly member: string; readonly program: string }[];
  readonly link: boolean;
}

/** A global in an arena map (`.addr_space.1`). */
export interface ArenaModel {
  /** The arena map's name. */
  readonly map: string;
  readonly section: string;
  readonly size: number;
  readonly initial: Uint8Array;
  readonly variables: readonly GlobalVariableModel[];
}

/** A compiled BPF object. */
export interface BpfObject {
  readonly bytes: Uint8Array;
  readonly byteOrder: "little" | "big";
  readonly elf: Elf;
  /** Undefined for an object compiled without `-g`. */
  readonly btf: Btf | undefined;
  readonly btfExt: BtfExt | undefined;
  /** Text of the `license` section up to its NUL. */
  readonly license: string | undefined;
  /** The number in the `version` section. */
  readonly kernelVersion: number | undefined;
  readonly programs: readonly ProgramModel[];
  readonly maps: readonly MapModel[];
  readonly globals: readonly GlobalSectionModel[];
  readonly externs: readonly ExternModel[];
  readonly structOps: readonly StructOpsModel[];
  readonly arena: ArenaModel | undefined;
}
