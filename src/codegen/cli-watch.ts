/** `--watch`: generates whenever an object changes, until a signal ends the process. */
import { createHash } from "node:crypto";
import { type FSWatcher, readFileSync, statSync, watch as watchFolder } from "node:fs";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { CliArguments } from "./cli-arguments.ts";
import { type Task, complain, planTasks, runQuietly } from "./cli-run.ts";
import { type Terminal, timed } from "./cli-terminal.ts";
import { isMissing, waypoints } from "./real-path.ts";
import { visible } from "./text.ts";
import { OutputError } from "./write.ts";

/** Milliseconds without an event after which a compiler is taken to be done: it truncates, then fills or renames. */
const QUIET = 100;

/** No longer than so many milliseconds: other files in the folder may change all the time. */
const MAX_WAIT = 1000;

/** So many objects are listed by name. */
const MAX_LISTED = 5;

/** What is known of an object. */
interface Watched extends Task {
  /** What was there when it was last generated from, as {@link contentOf} says. */
  content: string | undefined;
  /** Whether somebody was told that it is waited for. */
  awaited: boolean;
  /** Names in `--event` and patterns in `--type` that it does not have; undefined before it was generated from. */
  missed: { readonly unused: Set<string>; readonly unmatched: Set<string> } | undefined;
}

/**
 * Generates all skeletons, then again each whose object changes.
 *
 * @throws {@link OptionsError} when two objects would go into one file
 * @throws {@link OutputError} when a folder cannot be watched
 */
export async function watch(args: CliArguments, terminal: Terminal): Promise<never> {
  const said = timed(terminal);
  const objects = planTasks(args).map(({ object, output }): Watched => ({
    object,
    output,
    content: undefined,
    awaited: false,
    missed: undefined,
  }));
  const changes = new Changes();
  let started = false;
  let complaint = "";
  for (;;) {
    // Watchers first: what changes from here on is seen in the next round.
    changes.watch(objects.map(({ object }) => object));
    for (const each of objects) await refresh(each, args, said);
    complaint = complainOnce(objects, args, said, complaint);
    // A folder that came meanwhile may hold what was missed in it.
    if (changes.watch(objects.map(({ object }) => object))) continue;
    if (!started) said.out(`watching ${listed(objects)}; Ctrl-C ends\n`);
    started = true;
    await changes.next();
  }
}

/** Generates from an object if it has other bytes than last time. */
async function refresh(watched: Watched, args: CliArguments, terminal: Terminal): Promise<void> {
  const { object, output } = watched;
  const content = contentOf(object);
  if (content === undefined) {
    if (!watched.awaited) terminal.err(`${visible(object)}: there is no such file; waiting for it\n`);
    Object.assign(watched, { content, awaited: true, missed: undefined });
    return;
  }
  if (content === watched.content) return;
  const missed = { unused: new Set(args.events.keys()), unmatched: new Set(args.types) };
  const { ok, replay } = await runQuietly({ args, object, output, ...missed }, terminal.colours);
  replay(terminal);
  Object.assign(watched, { content, awaited: false, missed: ok ? missed : undefined });
}

/** Tells what no object has, when all are there, and when it is not what was told last. */
function complainOnce(
  objects: readonly Watched[],
  args: CliArguments,
  terminal: Terminal,
  last: string,
): string {
  const missed = objects.flatMap((each) => each.missed ?? []);
  if (missed.length < objects.length) return last;
  const unmatched = args.types.filter((type) => missed.every((each) => each.unmatched.has(type)));
  const unused = [...args.events.keys()].filter((name) => missed.every((each) => each.unused.has(name)));
  const complaint = JSON.stringify([unmatched, unused]);
  if (complaint !== last) complain(args, { unmatched, unused }, terminal);
  return complaint;
}

/** The digest of a file's bytes, or why it cannot be read; undefined when it is not there. */
function contentOf(path: string): string | undefined {
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch (error) {
    return isMissing(error) ? undefined : String(error);
  }
}

function listed(objects: readonly Watched[]): string {
  if (objects.length > MAX_LISTED) return `${objects.length} objects`;
  return objects.map(({ object }) => visible(object)).join(", ");
}

/** Events in the folders of some files. */
class Changes {
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>();
  #pending = false;
  #wake: (() => void) | undefined;

  /**
   * Watches the folders where `files` are, or will be.
   *
   * @returns whether that are others than before
   */
  watch(files: readonly string[]): boolean {
    const folders = new Map(files.flatMap(foldersOf));
    let changed = false;
    for (const [folder, { watcher, identity }] of this.#watchers) {
      // A folder that was deleted and made again is another one.
      if (folders.get(folder) === identity) continue;
      watcher.close();
      this.#watchers.delete(folder);
      changed = true;
    }
    for (const [folder, identity] of folders) {
      if (this.#watchers.has(folder)) continue;
      this.#open(folder, identity);
      changed = true;
    }
    return changed;
  }

  #open(folder: string, identity: string): void {
    try {
      const watcher = watchFolder(folder, () => this.#notice());
      // The next round makes another, or says why it cannot.
      watcher.on("error", () => {
        watcher.close();
        this.#watchers.delete(folder);
        this.#notice();
      });
      this.#watchers.set(folder, { watcher, identity });
    } catch (error) {
      // It was deleted just now: the next round looks further up.
      if (isMissing(error)) return this.#notice();
      const reason = error instanceof Error ? error.message : String(error);
      throw new OutputError(folder, `cannot be watched: ${reason}`, { cause: error });
    }
  }

  #notice(): void {
    this.#pending = true;
    this.#wake?.();
  }

  /** Waits for an event, and then until there are no more for a moment. */
  async next(): Promise<void> {
    while (!this.#pending) await new Promise<void>((done) => (this.#wake = done));
    for (let wait = 0; this.#pending && wait < MAX_WAIT; wait += QUIET) {
      this.#pending = false;
      await setTimeout(QUIET);
    }
    this.#pending = false;
  }
}

/** The nearest folder that is there above a file, and above each link on the way to it, with their identities. */
function foldersOf(file: string): [folder: string, identity: string][] {
  return waypoints(file).map((path) => nearestFolder(dirname(path)));
}

function nearestFolder(folder: string): [folder: string, identity: string] {
  try {
    const { dev, ino } = statSync(`${folder}/.`, { bigint: true });
    return [folder, `${dev} ${ino}`];
  } catch (error) {
    // Whatever is in the way, the file cannot be reached before something further up has changed.
    if (dirname(folder) === folder) throw error;
    return nearestFolder(dirname(folder));
  }
}
