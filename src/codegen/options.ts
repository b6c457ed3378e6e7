/** What a caller can say about a skeleton, checked once. */
import { shellArgument } from "tinybpf-btf";
import { nearest } from "tinybpf-btf";
import { STANDARD_NAMES, isReservedWord, isTypeWord, pascalCase } from "./names.ts";
import { objectStem } from "./object-stem.ts";
import { RUNTIME_NAMES } from "./runtime-symbols.ts";
import { isSimpleName, quote } from "./text.ts";
import type { ImportExtension } from "./usage.ts";

/** How a skeleton is written. */
export interface SkeletonOptions {
  /** The skeleton's class, such as `Trace`. By default from `source`: `tcp-connect.bpf.o` gives `TcpConnect`. */
  readonly name?: string | undefined;
  /** The object's file name, for the header and the documentation: `trace.bpf.o`. */
  readonly source: string;
  /** C names of further types to declare; `*` and `?` stand for any characters. */
  readonly types?: readonly string[] | undefined;
  /**
   * The C type of the events in a ring buffer or perf event array, by the map's name: `exec_event`. Several types with the
   * field that tells them apart: `start_event|stop_event:kind`, or with its values
   * `start_event=KIND_START|stop_event=2:kind`.
   */
  readonly events?: Readonly<Record<string, string>> | undefined;
  /** Without it the object's bytes are in the module. With it the module reads the file at this path from its own place. */
  readonly objectPath?: string | undefined;
  /** The extension in the documentation's example that imports the skeleton; default `js`. */
  readonly importExtension?: ImportExtension | undefined;
  /** Where the module will be written: for the formatter's configuration and the documentation's example. */
  readonly outputPath?: string | undefined;
  /** How members are called: as in C, or `exit_code` as `exitCode`; default `c`. */
  readonly naming?: Naming | undefined;
  /** What 64-bit integers are read as: exact `bigint`s, or `number`s that refuse what is not exact; default `bigint`. */
  readonly u64?: U64Type | undefined;
  /** Told what the caller should know, such as a ring buffer whose events stay bytes. */
  readonly onWarning?: ((warning: SkeletonWarning) => void) | undefined;
}

/** How a skeleton is written, and in which language. */
export interface ModulesOptions extends SkeletonOptions {
  /** TypeScript, or JavaScript with declarations; default `ts`. `outputPath` is then that of the `.js` file. */
  readonly target?: Target | undefined;
}

/** Something that is no error, but that the author of the object will want to know. */
export interface SkeletonWarning {
  /** The place in the object: `map events`. */
  readonly place: string;
  readonly message: string;
}

/** How members of structs, maps, programs and globals are called. */
export type Naming = "c" | "camel";

/** What 64-bit integers are read as. */
export type U64Type = "bigint" | "number";

/** The language of a skeleton: one TypeScript module, or a JavaScript module and its declarations. */
export type Target = "ts" | "js";

/** An option that cannot be. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
}

/** The values of `--naming`. */
export const NAMINGS: readonly [Naming, ...Naming[]] = ["c", "camel"];

/** The values of `--u64`. */
export const U64_TYPES: readonly [U64Type, ...U64Type[]] = ["bigint", "number"];

/** The values of `--target`. */
export const TARGETS: readonly [Target, ...Target[]] = ["ts", "js"];

/** The values of `--import-ext`. */
export const IMPORT_EXTENSIONS: readonly [ImportExtension, ...ImportExtension[]] = ["js", "ts", "none"];

/** A class name from the command line. @throws {@link OptionsError} */
export function parseName(name: string): string {
  if (!isSimpleName(name) || isReservedWord(name))
    throw new OptionsError(`--name ${quote(name)} is no name for a class; give one like Trace`);
  if (isTypeWord(name))
    throw new OptionsError(
      `--name ${quote(name)} is a word of TypeScript's type language; give one like Trace`,
    );
  if (STANDARD_NAMES.includes(name) || RUNTIME_NAMES.includes(name))
    throw new OptionsError(`--name ${quote(name)} is taken: skeletons use it themselves; give another one`);
  return name;
}

/** `map=type`, any number of times. @throws {@link OptionsError} also for two types of one map */
export function parseEvents(texts: readonly string[]): ReadonlyMap<string, string> {
  const events = new Map<string, string>();
  for (const [map, type] of texts.map(parseEvent)) {
    const other = events.get(map);
    if (other !== undefined)
      throw new OptionsError(`--event ${quote(map)} is given twice: ${quote(other)} and ${quote(type)}`);
    events.set(map, type);
  }
  return events;
}

/** `map=type` from the command line. @throws {@link OptionsError} */
export function parseEvent(text: string): readonly [map: string, type: string] {
  const at = text.indexOf("=");
  const map = text.slice(0, Math.max(at, 0)).trim();
  const type = text.slice(at + 1).trim();
  if (map === "" || type === "")
    throw new OptionsError(`--event ${quote(text)} is not of the form map=struct, such as events=exec_event`);
  return [map, type];
}

/** One of a few words from the command line. @throws {@link OptionsError} with the nearest one */
export function parseChoice<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const near = nearest(text, choices);
  const meant = near === undefined ? "" : `; did you mean ${near}?`;
  throw new OptionsError(`--${option} ${quote(text)} is none of ${choices.join(", ")}${meant}`);
}

/** Every option but {@link SkeletonOptions.onWarning}: one that is left out here does not compile. */
export type EffectiveOptions = {
  readonly [K in Exclude<keyof ModulesOptions, "onWarning">]-?: ModulesOptions[K] | undefined;
};

/** The options that change what is written, with what holds where none is options. */
export function effectiveOptions(options: ModulesOptions): EffectiveOptions {
  return {
    target: options.target ?? "ts",
    source: options.source,
    name: options.name ?? pascalCase(objectStem(options.source)),
    types: options.types ?? [],
    events: options.events ?? {},
    objectPath: options.objectPath,
    importExtension: options.importExtension ?? "js",
    outputPath: options.outputPath,
    naming: options.naming ?? "c",
    u64: options.u64 ?? "bigint",
  };
}

/** What the options were, as far as they change the output: for the header. */
export function describeOptions(options: ModulesOptions, defaultName: string): string {
  const parts: string[] = [];
  if (options.name !== undefined && options.name !== defaultName) parts.push(`--name ${options.name}`);
  for (const type of options.types ?? []) parts.push(`--type ${shellArgument(type)}`);
  for (const [map, type] of Object.entries(options.events ?? {}))
    parts.push(`--event ${shellArgument(`${map}=${type}`)}`);
  if (options.objectPath !== undefined) parts.push("--no-embed");
  if ((options.importExtension ?? "js") !== "js") parts.push(`--import-ext ${options.importExtension}`);
  if ((options.naming ?? "c") !== "c") parts.push(`--naming ${options.naming}`);
  if ((options.u64 ?? "bigint") !== "bigint") parts.push(`--u64 ${options.u64}`);
  if ((options.target ?? "ts") !== "ts") parts.push(`--target ${options.target}`);
  return parts.length === 0 ? "none" : parts.join(" ");
}
