/**
 * Writes typed TypeScript skeletons of BPF objects.
 *
 * @packageDocumentation
 */
import type { BpfObject } from "tinybpf-btf";
import { generate } from "./generate.ts";
import type { SkeletonOptions } from "./options.ts";

export { GenerateError } from "./errors.ts";
export {
  type Naming,
  OptionsError,
  type SkeletonOptions,
  type SkeletonWarning,
  type U64Type,
} from "./options.ts";
export type { ImportExtension } from "./usage.ts";

/**
 * The text of an object's skeleton. The same object and options give the same text.
 *
 * @param model - the object, from `parseObject` of tinybpf-btf
 * @throws {@link GenerateError} when an option names a map or type that is not there, or types nest endlessly
 *
 * @example
 * ```ts
 * import { readFileSync, writeFileSync } from "node:fs";
 * import { parseObject } from "tinybpf-btf";
 * import { generateSkeleton } from "tinybpf-gen";
 *
 * const model = parseObject(readFileSync("trace.bpf.o"));
 * const text = await generateSkeleton(model, { source: "trace.bpf.o", events: { events: "exec_event" } });
 * writeFileSync("trace.skel.ts", text);
 * ```
 */
export async function generateSkeleton(model: BpfObject, options: SkeletonOptions): Promise<string> {
  const { text, unmatched } = await generate(model, options);
  for (const pattern of unmatched)
    options.onWarning?.({ place: `--type ${pattern}`, message: "no struct, union or enum matches" });
  return text;
}
