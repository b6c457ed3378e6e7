/**
 * Writes typed TypeScript skeletons of BPF objects.
 *
 * @packageDocumentation
 */
import type { BpfObject } from "tinybpf-btf";
import { type GeneratedModule, generate } from "./generate.ts";
import type { ModulesOptions, SkeletonOptions } from "./options.ts";

export { GenerateError } from "./errors.ts";
export type { GeneratedModule } from "./generate.ts";
export {
  type ModulesOptions,
  type Naming,
  OptionsError,
  type SkeletonOptions,
  type SkeletonWarning,
  type Target,
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
  // Whoever asks for a language in spite of the type gets TypeScript, which a single text can be.
  const [module] = await generateModules(model, { ...options, target: "ts" });
  if (module === undefined) throw new Error("no module was generated");
  return module.text;
}

/**
 * The files of an object's skeleton in the language of `options.target`: `trace.skel.ts`, or `trace.skel.js` and
 * `trace.skel.d.ts`. Names are those of `options.outputPath`, else made from `options.source`.
 *
 * @param model - the object, from `parseObject` of tinybpf-btf
 * @throws {@link GenerateError} as {@link generateSkeleton} does
 *
 * @example
 * ```ts
 * import { readFileSync, writeFileSync } from "node:fs";
 * import { parseObject } from "tinybpf-btf";
 * import { generateModules } from "tinybpf-gen";
 *
 * const model = parseObject(readFileSync("trace.bpf.o"));
 * for (const { fileName, text } of await generateModules(model, { source: "trace.bpf.o", target: "js" })) {
 *   writeFileSync(fileName, text);
 * }
 * ```
 */
export async function generateModules(
  model: BpfObject,
  options: ModulesOptions,
): Promise<readonly GeneratedModule[]> {
  const { modules, unmatched } = await generate(model, options);
  for (const pattern of unmatched)
    options.onWarning?.({ place: `--type ${pattern}`, message: "no struct, union or enum matches" });
  return modules;
}
