/** What the command does for one object. */
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type BpfObject, parseObject, carriesEvents } from "tinybpf-btf";
import { analyse } from "./analysis.ts";
import { count } from "./count.ts";
import type { CliArguments } from "./cli-arguments.ts";
import { formatDiff } from "./cli-terminal.ts";
import { digestInputs, isFresh } from "./digest.ts";
import { GenerateError } from "./errors.ts";
import type { GeneratedSkeleton } from "./generate.ts";
import { HEADER } from "./header.ts";
import type { ModulesOptions } from "./options.ts";
import { objectPathFrom, outputFiles } from "./output-path.ts";
import { visible, visibleLines } from "./text.ts";
import { OutputError, readText, writeAtomically } from "./write.ts";

/** One object on its way. */
export interface Job {
  readonly args: CliArguments;
  readonly object: string;
  /** Where the module goes. */
  readonly output: string;
  /** Names in `--event` that no object had so far. */
  readonly unused: Set<string>;
  /** Patterns in `--type` that no type matched so far. */
  readonly unmatched: Set<string>;
  /** Where to talk. */
  readonly say: {
    out(text: string): void;
    err(text: string): void;
    readonly colours: boolean;
  };
}

/**
 * Makes what is asked for of one object.
 *
 * @returns whether all is well: a file that `--check` finds different is not
 */
export async function runJob(job: Job): Promise<boolean> {
  const { args, object, output, say } = job;
  const model = parseObject(readObject(object));
  if (model.btf === undefined)
    say.err(
      `${visible(object)}: it has no type information: its types and globals are left out. Compile it with clang -g\n`,
    );
  const options: ModulesOptions = {
    source: basename(object),
    name: args.name,
    types: args.types,
    events: Object.fromEntries(eventsFor(model, job)),
    objectPath: args.embed ? undefined : objectPathFrom(output, object),
    importExtension: args.importExtension,
    naming: args.naming,
    u64: args.u64,
    target: args.target,
    outputPath: resolve(output),
    onWarning: ({ place, message }) =>
      say.err(`${visible(object)}: ${visible(place)}: ${visibleLines(message)}\n`),
  };
  const analysis = analyse(model, options);
  for (const pattern of args.types)
    if (!analysis.selected.unmatched.includes(pattern)) job.unmatched.delete(pattern);

  const files = outputFiles(output, args.target);
  // --check generates all the same: what a configuration of prettier's imports is in no digest.
  if (!args.check && !args.stdout && areFresh(files, digestInputs(model, options))) {
    say.out(`unchanged ${listed(files)}\n`);
    return true;
  }
  // ts-morph and prettier take most of the time.
  const { generate } = await import("./generate.ts");
  const skeleton = await generate(model, options, analysis);
  if (args.stdout) {
    say.out(skeleton.modules[0]?.text ?? "");
    return true;
  }
  return args.check ? compare(job, skeleton, files) : write(job, skeleton, files);
}

function areFresh(files: readonly string[], inputs: string): boolean {
  return files.every((file) => isFresh(readText(file) ?? "", inputs));
}

function readObject(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") throw new GenerateError("", "there is no such file");
    if (code === "EISDIR") throw new GenerateError("", "this is a folder; name the objects in it");
    throw error;
  }
}

/** With several objects `--event` is for those that have the map; with one, for it, unless others have it, too. */
function eventsFor(model: BpfObject, { args, unused }: Job): [string, string][] {
  const rings = new Set(model.maps.filter(carriesEvents).map((map) => map.name));
  for (const name of rings) unused.delete(name);
  const strict = args.objects.length === 1 && !args.shared.events;
  return [...args.events].filter(([name]) => strict || rings.has(name));
}

async function compare(
  { say }: Job,
  { modules }: GeneratedSkeleton,
  files: readonly string[],
): Promise<boolean> {
  let fine = true;
  for (const [index, file] of files.entries()) {
    const text = modules[index]?.text ?? "";
    const actual = readText(file);
    if (actual === text) {
      say.out(`${visible(file)} is up to date\n`);
      continue;
    }
    fine = false;
    say.err(
      `${visible(file)} ${actual === undefined ? "is missing" : "is not up to date"}: run tinybpf-gen\n`,
    );
    if (actual === undefined) continue;
    const { shortDiff } = await import("./check.ts");
    say.out(formatDiff(shortDiff(actual, text), say.colours));
  }
  return fine;
}

function write({ say }: Job, skeleton: GeneratedSkeleton, files: readonly string[]): boolean {
  for (const file of files) rejectForeign(file);
  const outcomes = files.map((file, index) => writeAtomically(file, skeleton.modules[index]?.text ?? ""));
  const parts = [
    count(skeleton.types, "type"),
    count(skeleton.maps, "map"),
    count(skeleton.programs, "program"),
  ];
  say.out(
    outcomes.includes("wrote")
      ? `wrote ${listed(files)} (${parts.join(", ")})\n`
      : `unchanged ${listed(files)}\n`,
  );
  return true;
}

/** Nobody wants a file of his own to be overwritten. */
function rejectForeign(file: string): void {
  const actual = readText(file);
  if (actual !== undefined && actual.trim() !== "" && !actual.includes(HEADER))
    throw new OutputError(file, "was not written by tinybpf-gen: move it away first");
}

function listed(files: readonly string[]): string {
  return files.map(visible).join(", ");
}
