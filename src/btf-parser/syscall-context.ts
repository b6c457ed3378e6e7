/** What a syscall program is called with. */
import type { Btf } from "./btf.ts";
import type { ProgramModel } from "./model.ts";
import type { TypeId } from "./types.ts";

/** The struct that a syscall program's context points to. */
export function syscallContext(btf: Btf, program: ProgramModel): TypeId | undefined {
  if (program.kind.progType !== "syscall" || program.func === undefined) return undefined;
  const func = btf.resolve(program.func);
  const proto = func.kind === "FUNC" ? btf.resolve(func.type) : func;
  const [context] = proto.kind === "FUNC_PROTO" ? proto.params : [];
  const pointer = context === undefined ? undefined : btf.resolve(context.type);
  if (pointer?.kind !== "PTR") return undefined;
  const target = btf.resolve(pointer.type);
  return target.kind === "STRUCT" || target.kind === "UNION" ? pointer.type : undefined;
}
