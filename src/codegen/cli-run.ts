/** What the command does for all objects. */
import { basename, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { isParseError } from "tinybpf-btf";
import type { CliArguments } from "./cli-arguments.ts";
import { type Job, runJob } from "./cli-job.ts";
import { Progress, type Terminal } from "./cli-terminal.ts";
import { GenerateError } from "./errors.ts";
import { OptionsError } from "./options.ts";
import { outputFiles, outputPath } from "./output-path.ts";
import { visible, visibleLines } from "./text.ts";
import { OutputError } from "./write.ts";

/** An object, and where its module goes. */
export interface Task {
  readonly object: string;
  readonly output: string;
}

/**
 * Where each object's skeleton goes.
 *
 * @throws {@link OptionsError} when two would go into one file
 */
export function planTasks(args: CliArguments): readonly Task[] {
  const tasks = args.objects.map((object) => ({
    object,
    output: outputPath(object, args.output, args.target),
  }));
  const byFile = new Map<string, string>();
  for (const { object, output } of tasks) {
    for (const file of outputFiles(output, args.target)) {
      const other = byFile.get(resolve(file));
      if (other !== undefined)
        throw new OptionsError(`${other} and ${object} would both be written to ${file}`);
      byFile.set(resolve(file), object);
    }
  }
  return tasks;
}

/**
 * Generates the skeletons of all objects; one that fails does not stop the others.
 *
 * @returns whether all went well
 * @throws {@link OptionsError} when two objects would go into one file
 */
export async function run(args: CliArguments, terminal: Terminal): Promise<boolean> {
  const tasks = planTasks(args);
  const progress = new Progress(terminal, tasks.length);
  const unused = new Set(args.events.keys());
  const unmatched = new Set(args.types);
  let fine = true;
  for (const [index, task] of tasks.entries()) {
    progress.show(index, basename(task.object));
    // Signals are noticed here; generating may go on without looking up.
    await setImmediate();
    const { ok, replay } = await runQuietly({ args, ...task, unused, unmatched }, terminal.colours);
    progress.clear();
    replay(terminal);
    fine = ok && fine;
  }
  return complain(args, { unused, unmatched }, terminal) && fine;
}

/** What the command line asks for and no object has. */
export interface Missed {
  /** Names in `--event`. */
  readonly unused: Iterable<string>;
  /** Patterns in `--type`. */
  readonly unmatched: Iterable<string>;
}

/** Tells what no object has; with one object it was an error that `--event` names nothing. */
export function complain(args: CliArguments, missed: Missed, terminal: Terminal): boolean {
  const unused = args.objects.length > 1 && !args.shared.events ? [...missed.unused] : [];
  const unmatched = args.shared.types ? [] : [...missed.unmatched];
  for (const pattern of unmatched)
    terminal.err(`--type ${visible(pattern)}: no struct, union or enum matches\n`);
  for (const name of unused)
    terminal.err(`--event ${visible(name)}: no object has a ring buffer or perf event array of this name\n`);
  return unused.length + unmatched.length === 0;
}

/** How a job went, and what it said meanwhile: for when the line of progress is gone. */
interface Outcome {
  readonly ok: boolean;
  readonly replay: (terminal: Terminal) => void;
}

/** Runs a job; what goes wrong is said, and never thrown. */
export async function runQuietly(job: Omit<Job, "say">, colours: boolean): Promise<Outcome> {
  const said: ((terminal: Terminal) => void)[] = [];
  const say: Job["say"] = {
    out: (text) => said.push((terminal) => terminal.out(text)),
    err: (text) => said.push((terminal) => terminal.err(text)),
    colours,
  };
  const replay = (terminal: Terminal): void => {
    for (const repeat of said) repeat(terminal);
  };
  try {
    return { ok: await runJob({ ...job, say }), replay };
  } catch (error) {
    const culprit = error instanceof OutputError ? error.path : job.object;
    say.err(`${visible(culprit)}: ${describe(error)}\n`);
    return { ok: false, replay };
  }
}

/** What went wrong in one object, without its name. Messages may quote names from it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isParseError(error) || error instanceof GenerateError || error instanceof OutputError)
    return visibleLines(error.message);
  if ("syscall" in error) return error.message;
  // Not foreseen: whoever reports it will want to say where.
  return `internal error: ${error.stack ?? error.message}`;
}
