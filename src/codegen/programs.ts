/** Programs: the class each kind gets, and the descriptor that makes it. */
import { type Btf, type ProgramFamily, programFamily, type ProgramModel, syscallContext } from "tinybpf-btf";
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
/** The class of a family of programs, and what makes it. */
type Names = readonly [type: RuntimeType, descriptor: RuntimeValue];

/** The class of each family of programs. */
const NAMES: Readonly<Record<ProgramFamily, Names>> = {
  btf_tracepoint: ["BtfTracepointProgram", "btfTracepoint"],
  cgroup: ["CgroupProgram", "cgroup"],
  cgroup_skb: ["CgroupSkbProgram", "cgroupSkb"],
  extension: ["ExtensionProgram", "extension"],
  flow_dissector: ["FlowDissectorProgram", "flowDissector"],
  iterator: ["IteratorProgram", "iterator"],
  kprobe: ["KprobeProgram", "kprobe"],
  kprobe_multi: ["KprobeMultiProgram", "kprobeMulti"],
  ksyscall: ["KsyscallProgram", "ksyscall"],
  lsm: ["LsmProgram", "lsm"],
  netfilter: ["NetfilterProgram", "netfilter"],
  netkit: ["NetkitProgram", "netkit"],
  other: ["Program", "otherProgram"],
  perf_event: ["PerfEventProgram", "perfEvent"],
  raw_tracepoint: ["RawTracepointProgram", "rawTracepoint"],
  sk_lookup: ["SkLookupProgram", "skLookup"],
  sk_msg: ["SkMsgProgram", "skMsg"],
  sk_reuseport: ["SkReuseportProgram", "skReuseport"],
  sk_skb: ["SkSkbProgram", "skSkb"],
  socket_filter: ["SocketFilterProgram", "socketFilter"],
  syscall: ["SyscallProgram", "syscallProgram"],
  tc: ["TcProgram", "tc"],
  tracepoint: ["TracepointProgram", "tracepoint"],
  tracing: ["TracingProgram", "tracing"],
  uprobe: ["UprobeProgram", "uprobe"],
  uprobe_multi: ["UprobeMultiProgram", "uprobeMulti"],
  usdt: ["UsdtProgram", "usdt"],
  xdp: ["XdpProgram", "xdp"],
};

function programClass(context: ModuleContext, program: ProgramModel): ProgramClass {
  const family = programFamily(program);
  if (family === "syscall") return syscallProgram(context, program);
  const { imports } = context;
  const [type, descriptor] = NAMES[family];
  return { type: imports.type(type), descriptor: imports.value(descriptor) };
}

function syscallProgram(context: ModuleContext, program: ProgramModel): ProgramClass {
  const { imports, btf } = context;
  const id = syscallContext(btf, program);
  const type = id === undefined ? undefined : cType(context, id, pascalCase(`${program.name}_context`));
  const [className, make] = NAMES.syscall;
  const symbol = imports.type(className);
  const descriptor = imports.value(make);
  if (type === undefined || "leftOut" in type) return { type: symbol, descriptor: `${descriptor}()` };
  return {
    type: `${symbol}<${parameters([type]).join(", ")}>`,
    descriptor: `${descriptor}(${type.codec()})`,
  };
}
