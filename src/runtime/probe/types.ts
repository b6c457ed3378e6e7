/**
 * Kinds of programs and maps: libbpf makes a small one and sees whether the kernel takes it (libbpf_probes.c).
 *
 * libbpf returns 1 or 0, and 0 also when the process may not make any. What the kernel said is left in `errno`: each probe
 * that returns 0 ends with the call that failed.
 */
import { withLog } from "../log.ts";
import { type MapType, mapTypeNumber } from "../maps/types.ts";
import { errno, libbpf } from "../native.ts";
import { type ProgramType, programTypeNumber } from "../programs/types.ts";
import { withProgram } from "./program.ts";
import { refused, type Support } from "./support.ts";

/** Calls a probe of libbpf's: what it returned, and the error number that the kernel left, 0 if none. */
function ask(probe: () => number): { readonly answer: number; readonly code: number } {
  return withLog(() => {
    const answer = probe();
    return { answer, code: answer > 0 ? 0 : errno() };
  });
}

function support({ answer, code }: ReturnType<typeof ask>): Support {
  if (answer > 0) return "supported";
  // Negative: this libbpf does not know how to ask.
  return answer < 0 ? "unknown" : refused(code);
}

/** Whether programs of a type can be loaded. */
export function probeProgramType(type: ProgramType): Support {
  const number = programTypeNumber(type);
  const probed = ask(() => libbpf.libbpf_probe_bpf_prog_type(number, null));
  if (probed.answer >= 0) return support(probed);
  return withProgram({ type }, (fd) => (fd < 0 ? refused(-fd) : "supported"));
}

/** Whether maps of a type can be created. */
export function probeMapType(type: MapType): Support {
  const number = mapTypeNumber(type);
  return support(ask(() => libbpf.libbpf_probe_bpf_map_type(number, null)));
}
