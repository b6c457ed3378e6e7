/**
 * Helpers: the verifier says that it does not know one before it looks at the arguments.
 *
 * Not by libbpf's own probe, which takes a helper for supported when it finds none of the verifier's phrases: before 1.4 it
 * did not know one of them, and without the right to load a program there are none.
 */
import { missingCapabilities } from "../capabilities.ts";
import type { ProgramType } from "../programs/types.ts";
import { type HelperName, helperNumber } from "./helpers.ts";
import { withProgram } from "./program.ts";
import { refused, type Support } from "./support.ts";
import { probeProgramType } from "./types.ts";

/** check_helper_call and get_helper_proto (verifier.c), of several versions. */
const UNKNOWN = /invalid func |unknown func |program of this type cannot use helper /;

/** Types of programs that are verified for a function of the kernel's, and for each know other helpers. */
const NEED_TARGET: ReadonlySet<ProgramType> = new Set(["tracing", "ext", "lsm", "struct_ops"]);

/** Whether programs of a type can call a helper. */
export function probeHelper(type: ProgramType, helper: HelperName): Support {
  if (NEED_TARGET.has(type)) return "unknown";
  const program = probeProgramType(type);
  if (program !== "supported") return program;
  return withProgram({ type, helper: helperNumber(helper) }, (fd, log) => {
    if (fd >= 0) return "supported";
    // Without a capability the verifier knows fewer helpers (bpf_base_func_proto, bpf_tracing_func_proto).
    if (UNKNOWN.test(log)) return missingCapabilities() === "" ? "unsupported" : "unknown";
    return log === "" ? refused(-fd) : "supported";
  });
}
