/** Programs: the class each kind gets, and the descriptor that makes it. */
import { type Btf, type ProgramModel, syscallContext } from "tinybpf-btf";
import { cType } from "./c-types.ts";
import { docCode } from "./doc.ts";
import { type SkeletonMember, parameters } from "./maps.ts";
import { type ModuleContext, withOwnConstants } from "./module-context.ts";
import type { TypeRoot } from "./named-types.ts";
import { pascalCase } from "./names.ts";
import type { RuntimeType, RuntimeValue } from "./runtime-symbols.ts";

/** The types that a program's users get to see: what a syscall program takes. */
export function programTypes(btf: Btf, program: ProgramModel): TypeRoot[] {
  const id = syscallContext(btf, program);
  return id === undefined ? [] : [{ id, fallback: `${program.name}_context` }];
}

/** A program as a member of the skeleton; `source` is where it is in the C source, if the object says so. */
export function programMember(
  module: ModuleContext,
  program: ProgramModel,
  source: string | undefined,
): SkeletonMember {
  const place = source === undefined ? "" : `, ${docCode(source)}`;
  const autoload = program.autoload ? "" : "; loaded only when asked for";
  return {
    name: program.name,
    doc: docCode(`SEC("${program.section}")`) + place + autoload,
    ...programClass(withOwnConstants(module), program),
  };
}

type ProgramClass = Pick<SkeletonMember, "type" | "descriptor">;
/** The class of a kind of program, and what makes it. */
type Names = readonly [type: RuntimeType, descriptor: RuntimeValue];

const OTHER: Names = ["Program", "otherProgram"];

function programClass(context: ModuleContext, program: ProgramModel): ProgramClass {
  if (program.kind.progType === "syscall") return syscallProgram(context, program);
  const { imports } = context;
  const [type, descriptor] = programNames(program);
  return { type: imports.type(type), descriptor: imports.value(descriptor) };
}

/** Kinds that a single class is for, by `BPF_PROG_TYPE_*`. */
const BY_TYPE: Readonly<Record<string, Names>> = {
  tracepoint: ["TracepointProgram", "tracepoint"],
  raw_tracepoint: ["RawTracepointProgram", "rawTracepoint"],
  raw_tracepoint_writable: ["RawTracepointProgram", "rawTracepoint"],
  perf_event: ["PerfEventProgram", "perfEvent"],
  ext: ["ExtensionProgram", "extension"],
  cgroup_skb: ["CgroupSkbProgram", "cgroupSkb"],
  cgroup_sock: ["CgroupProgram", "cgroup"],
  cgroup_sock_addr: ["CgroupProgram", "cgroup"],
  cgroup_device: ["CgroupProgram", "cgroup"],
  cgroup_sysctl: ["CgroupProgram", "cgroup"],
  cgroup_sockopt: ["CgroupProgram", "cgroup"],
  sock_ops: ["CgroupProgram", "cgroup"],
  sk_lookup: ["SkLookupProgram", "skLookup"],
  flow_dissector: ["FlowDissectorProgram", "flowDissector"],
  sk_skb: ["SkSkbProgram", "skSkb"],
  sk_msg: ["SkMsgProgram", "skMsg"],
  socket_filter: ["SocketFilterProgram", "socketFilter"],
  sk_reuseport: ["SkReuseportProgram", "skReuseport"],
  netfilter: ["NetfilterProgram", "netfilter"],
};

/** Kinds of a type that are attached in different ways, by `BPF_*` of enum bpf_attach_type. */
const BY_ATTACH_TYPE: Readonly<Record<string, Names>> = {
  trace_raw_tp: ["BtfTracepointProgram", "btfTracepoint"],
  trace_fentry: ["TracingProgram", "tracing"],
  trace_fexit: ["TracingProgram", "tracing"],
  trace_fsession: ["TracingProgram", "tracing"],
  modify_return: ["TracingProgram", "tracing"],
  trace_iter: ["IteratorProgram", "iterator"],
  trace_kprobe_multi: ["KprobeMultiProgram", "kprobeMulti"],
  trace_kprobe_session: ["KprobeMultiProgram", "kprobeMulti"],
  trace_uprobe_multi: ["UprobeMultiProgram", "uprobeMulti"],
  trace_uprobe_session: ["UprobeMultiProgram", "uprobeMulti"],
  lsm_mac: ["LsmProgram", "lsm"],
  lsm_cgroup: ["CgroupProgram", "cgroup"],
  // Programs of maps (xdp/devmap, xdp/cpumap) go into a map, not to an interface.
  xdp: ["XdpProgram", "xdp"],
  netkit_primary: ["NetkitProgram", "netkit"],
  netkit_peer: ["NetkitProgram", "netkit"],
};

/** Kinds that the kernel takes for one: kprobes on all sorts of places. */
const BY_SECTION: Readonly<Record<string, Names>> = {
  kprobe: ["KprobeProgram", "kprobe"],
  kretprobe: ["KprobeProgram", "kprobe"],
  ksyscall: ["KsyscallProgram", "ksyscall"],
  kretsyscall: ["KsyscallProgram", "ksyscall"],
  uprobe: ["UprobeProgram", "uprobe"],
  "uprobe.s": ["UprobeProgram", "uprobe"],
  uretprobe: ["UprobeProgram", "uprobe"],
  "uretprobe.s": ["UprobeProgram", "uprobe"],
  usdt: ["UsdtProgram", "usdt"],
  "usdt.s": ["UsdtProgram", "usdt"],
};

function programNames({ kind: { progType, attachType, definition } }: ProgramModel): Names {
  const exact = (attachType === undefined ? undefined : BY_ATTACH_TYPE[attachType]) ?? BY_SECTION[definition];
  if (exact !== undefined) return exact;
  return progType === "sched_cls" ? ["TcProgram", "tc"] : (BY_TYPE[progType] ?? OTHER);
}

function syscallProgram(context: ModuleContext, program: ProgramModel): ProgramClass {
  const { imports, btf } = context;
  const id = syscallContext(btf, program);
  const type = id === undefined ? undefined : cType(context, id, pascalCase(`${program.name}_context`));
  const symbol = imports.type("SyscallProgram");
  const descriptor = imports.value("syscallProgram");
  if (type === undefined || "leftOut" in type) return { type: symbol, descriptor: `${descriptor}()` };
  return {
    type: `${symbol}<${parameters([type]).join(", ")}>`,
    descriptor: `${descriptor}(${type.codec()})`,
  };
}
