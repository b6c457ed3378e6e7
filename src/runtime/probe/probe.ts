/** What the running kernel can do. */
import { assertOptions, oneOf } from "../arguments.ts";
import { ValueError } from "../errors.ts";
import { attachTypes } from "../links/attach-types.ts";
import { type MapType, mapTypes } from "../maps/types.ts";
import { init } from "../native.ts";
import { type ProgramType, programTypes } from "../programs/types.ts";
import { type AttachKind, otherKinds, probeAttach } from "./attach.ts";
import { probeHelper } from "./helper.ts";
import { type HelperName, helperNames } from "./helpers.ts";
import type { Support } from "./support.ts";
import { probeMapType, probeProgramType } from "./types.ts";

/** Something that a kernel may be able to do. */
export type Feature =
  /** Load programs of a type; with a `helper`, such that call it. */
  | {
      readonly program: ProgramType;
      readonly helper?: HelperName;
      readonly map?: never;
      readonly attach?: never;
    }
  /** Create maps of a type. */
  | { readonly map: MapType; readonly program?: never; readonly helper?: never; readonly attach?: never }
  /** Attach programs in a way. */
  | { readonly attach: AttachKind; readonly program?: never; readonly helper?: never; readonly map?: never };

const KINDS: readonly AttachKind[] = [...attachTypes, ...otherKinds];

/**
 * Asks whether the running kernel can do something, by trying it with a program that does nothing, or with an empty map.
 * Nothing is left behind, nothing is remembered, and nothing that programs see is touched.
 *
 * It is the kernel that is asked: tracepoints also take a tracefs that is mounted, and every program its own rights.
 * `unknown` is the answer when it cannot be told: without the capabilities that it takes, for helpers of programs that are
 * verified for one function (tracing, lsm, ext, struct_ops), and for maps that a libbpf older than they does not know.
 *
 * @returns `supported`, `unsupported` or `unknown`
 * @throws {ValueError} for a name that is none
 * @throws {LibraryError} when there is no libbpf
 *
 * @example
 * ```ts
 * if (probe({ map: "ringbuf" }) === "supported") console.log("Linux 5.8 or newer");
 * probe({ program: "xdp", helper: "bpf_redirect" });
 * probe({ attach: "trace_fentry" }); // "unsupported": kprobes instead
 * ```
 */
export function probe(feature: Feature): Support {
  assertOptions<Feature>(feature, "feature", { program: true, helper: true, map: true, attach: true });
  const { program, helper, map, attach } = feature;
  if ([program, map, attach].filter((one) => one !== undefined).length !== 1)
    throw new ValueError("must have one of program, map, attach", "feature");
  if (helper !== undefined && program === undefined)
    throw new ValueError("needs a program: each type has helpers of its own", "helper");
  init();
  if (map !== undefined) return probeMapType(oneOf(map, mapTypes, "map"));
  if (attach !== undefined) return probeAttach(oneOf(attach, KINDS, "attach"));
  const type = oneOf(program, programTypes, "program");
  return helper === undefined
    ? probeProgramType(type)
    : probeHelper(type, oneOf(helper, helperNames, "helper"));
}
