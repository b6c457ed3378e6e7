/** What the command does for each object. */
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type BpfObject, isParseError, parseObject } from "tinybpf-btf";
import { count } from "./c-source.ts";
import { shortDiff } from "./check.ts";
import type { CliArguments } from "./cli-arguments.ts";
import { Progress, type Terminal, formatDiff } from "./cli-terminal.ts";
import { GenerateError } from "./errors.ts";
import { carriesEvents } from "./events.ts";
import { type GeneratedSkeleton, generate, HEADER } from "./generate.ts";
import { OptionsError } from "./options.ts";
import { objectPathFrom, outputPath } from "./output-path.ts";
import { visible } from "./text.ts";
import { OutputError, readText, writeAtomically } from "./write.ts";

/**
 * Generates the skeletons of all objects; one that fails does not stop the others.
 *
 * @returns whether all went well
 * @throws {@link OptionsError} when two objects would go into one file
 */
export async function run(args: CliArguments, terminal: Terminal): Promise<boolean> {
  const jobs = args.objects.map((object) => ({ object, output: outputPath(object, args.output) }));
  rejectCollisions(jobs);
  const progress = new Progress(terminal, jobs.length);
  const unused = new Set(args.events.keys());
  const unmatched = new Set(args.types);
  let fine = true;
  for (const [index, { object, output }] of jobs.entries()) {
    progress.show(index, basename(object));
    // Everything is said at once, after the progress line is gone.
    const said: string[] = [];
    try {
      const ok = await one({ args, object, output, unused, unmatched, warn: (text) => said.push(text) });
      progress.clear();
      for (const text of said) terminal.err(text);
      fine = ok(terminal) && fine;
    } catch (error) {
      progress.clear();
      for (const text of said) terminal.err(text);
      const culprit = error instanceof OutputError ? error.path : object;
      terminal.err(`${visible(culprit)}: ${describe(error)}\n`);
      fine = false;
    }
  }
  for (const pattern of unmatched) {
    terminal.err(`--type ${visible(pattern)}: no struct, union or enum matches\n`);
    fine = false;
  }
  if (args.objects.length > 1) {
    for (const name of unused)
      terminal.err(
        `--event ${visible(name)}: no object has a ring buffer or perf event array of this name\n`,
      );
    fine &&= unused.size === 0;
  }
  return fine;
}

interface Job {
  readonly args: CliArguments;
  readonly object: string;
  readonly output: string;
  /** Names in `--event` that no object had so far. */
  readonly unused: Set<string>;
  /** Patterns in `--type` that no type matched so far. */
  readonly unmatched: Set<string>;
  readonly warn: (text: string) => void;
}

/** Generates one skeleton; what it returns delivers it, and says whether all is well. */
async function one(job: Job): Promise<(terminal: Terminal) => boolean> {
  const { args, object, output } = job;
  const model = parseObject(readObject(object));
  if (model.btf === undefined)
    job.warn(
      `${visible(object)}: it has no type information: its maps and globals are left out. Compile it with clang -g\n`,
    );
  const skeleton = await generate(model, {
    source: basename(object),
    name: args.name,
    types: args.types,
    events: Object.fromEntries(eventsFor(model, job)),
    objectPath: args.embed ? undefined : objectPathFrom(output, object),
    importExtension: args.importExtension,
    naming: args.naming,
    u64: args.u64,
    outputPath: resolve(output),
    onWarning: ({ place, message }) => job.warn(`${visible(object)}: ${visible(place)}: ${lines(message)}\n`),
  });
  for (const pattern of args.types) if (!skeleton.unmatched.includes(pattern)) job.unmatched.delete(pattern);
  if (args.stdout) return print(skeleton);
  return args.check ? compare(skeleton, output) : write(skeleton, output);
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

/** With several objects `--event` is for those that have the map; with one, for it. */
function eventsFor(model: BpfObject, { args, unused }: Job): [string, string][] {
  const rings = new Set(model.maps.filter(carriesEvents).map((map) => map.name));
  for (const name of rings) unused.delete(name);
  return [...args.events].filter(([name]) => args.objects.length === 1 || rings.has(name));
}

function print({ text }: GeneratedSkeleton): (terminal: Terminal) => boolean {
  return (terminal) => {
    terminal.out(text);
    return true;
  };
}

function compare({ text }: GeneratedSkeleton, output: string): (terminal: Terminal) => boolean {
  return (terminal) => {
    const actual = readText(output);
    if (actual === text) {
      terminal.out(`${visible(output)} is up to date\n`);
      return true;
    }
    const state = actual === undefined ? "is missing" : "is not up to date";
    terminal.err(`${visible(output)} ${state}: run tinybpf-gen\n`);
    if (actual !== undefined) terminal.out(formatDiff(shortDiff(actual, text), terminal.colours));
    return false;
  };
}

function write(skeleton: GeneratedSkeleton, output: string): (terminal: Terminal) => boolean {
  return (terminal) => {
    const actual = readText(output);
    if (actual !== undefined && actual.trim() !== "" && !actual.includes(HEADER))
      throw new OutputError(output, "was not written by tinybpf-gen: move it away first");
    const outcome = writeAtomically(output, skeleton.text);
    const parts = [
      count(skeleton.types, "type"),
      count(skeleton.maps, "map"),
      count(skeleton.programs, "program"),
    ];
    terminal.out(
      outcome === "unchanged"
        ? `unchanged ${visible(output)}\n`
        : `wrote ${visible(output)} (${parts.join(", ")})\n`,
    );
    return true;
  };
}

function rejectCollisions(jobs: readonly { readonly object: string; readonly output: string }[]): void {
  const byOutput = new Map<string, string>();
  for (const { object, output } of jobs) {
    const path = resolve(output);
    const other = byOutput.get(path);
    if (other !== undefined)
      throw new OptionsError(`${other} and ${object} would both be written to ${output}`);
    byOutput.set(path, object);
  }
}

/** What went wrong in one object, without its name. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isParseError(error) || error instanceof GenerateError || error instanceof OutputError)
    return lines(error.message);
  if ("syscall" in error) return error.message;
  // Not foreseen: whoever reports it will want to say where.
  return `internal error: ${error.stack ?? error.message}`;
}

/** Messages may quote names from the object; their own line breaks stay. */
function lines(message: string): string {
  return message.split("\n").map(visible).join("\n");
}
