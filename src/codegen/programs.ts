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

function programClass(context: ModuleContext, program: ProgramModel): ProgramClass {
  const { imports } = context;
  const plain = (type: RuntimeType, descriptor: RuntimeValue): ProgramClass => ({
    type: imports.type(type),
    descriptor: imports.value(descriptor),
  });
  const { progType, attachType, definition } = program.kind;
  switch (progType) {
    case "tracepoint":
      return plain("TracepointProgram", "tracepoint");
    case "raw_tracepoint":
    case "raw_tracepoint_writable":
      return plain("RawTracepointProgram", "rawTracepoint");
    case "tracing":
      if (attachType === "trace_raw_tp") return plain("BtfTracepointProgram", "btfTracepoint");
      break;
    case "kprobe":
      // Not the .multi kinds: they attach to many functions at once, through another call.
      if (/^u(?:ret)?probe(?:\.s)?$/.test(definition)) return plain("UprobeProgram", "uprobe");
      break;
    case "xdp":
      // Programs of maps (xdp/devmap, xdp/cpumap) go into a map, not to an interface.
      if (attachType === "xdp") return plain("XdpProgram", "xdp");
      break;
    case "cgroup_skb":
      return plain("CgroupSkbProgram", "cgroupSkb");
    case "syscall":
      return syscallProgram(context, program);
    default:
  }
  return plain("Program", "otherProgram");
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
