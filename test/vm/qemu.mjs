// Runs a machine until it turns itself off, and reads what its tests say on the console.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { SetupError } from "../../scripts/setup.mjs";
import { emulator } from "./emulator.mjs";
import { architectures } from "./machines.mjs";

/**
 * Nothing waits for ever: minutes that a machine may take, and that it may say nothing. The second is more than a file
 * of tests may take (guest/run.mjs).
 */
const LIMITS = { total: 45, silence: 6 };

/** How many lines of the console tell what a machine was doing. */
const LAST_LINES = 25;

const words =
  "-accel tcg,thread=multi,tb-size=512 -m 3072 -smp 2 -nodefaults -no-reboot -nographic -serial stdio".split(
    " ",
  );

// A panic ends the machine; bpf is among the security modules, so that its hooks are called.
const parameters = "quiet loglevel=3 panic=-1 lsm=landlock,lockdown,yama,bpf";

/** @param {import("./machines.mjs").Machine} machine @returns {readonly string[]} */
export function commandOf(machine, { kernel, initrd }) {
  const { options, console: serial } = architectures[machine.arch];
  const files = ["-kernel", kernel, "-initrd", initrd];
  return [
    ...emulator(machine.arch),
    ...options,
    ...words,
    ...files,
    "-append",
    `console=${serial} ${parameters}`,
  ];
}

/**
 * @typedef {{ file: string, name: string, state: string, why?: string, ms?: number }} Result
 * @typedef {object} Outcome
 * @property {object | undefined} machine what it says of itself
 * @property {Result[]} results
 * @property {string} [trouble] why it did not come to its end
 * @property {string[]} lastLines of the console
 */

/** What a line says. The kernel may write to the console, too: a line that it broke is not lost without a word. */
function read(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { file: "", name: "(console)", state: "fail", why: `this line cannot be read: ${line}` };
  }
}

/**
 * @param {readonly string[]} command
 * @param {object} run
 * @param {string} run.log where the console goes
 * @param {(result: Result) => void} run.onResult
 * @param {AbortSignal} run.signal ends the machine
 * @param {{ total: number, silence: number }} [run.limits] minutes
 * @returns {Promise<Outcome>}
 */
export async function runMachine([command, ...args], { log, onResult, signal, limits = LIMITS }) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  /** @type {Outcome} */
  const outcome = { machine: undefined, results: [], lastLines: [] };
  let done = false;
  const stop = (trouble) => {
    outcome.trouble ??= trouble;
    child.kill("SIGKILL");
  };
  const total = setTimeout(() => stop(`it took more than ${limits.total} minutes`), limits.total * 60_000);
  const silence = setTimeout(
    () => stop(`its console was silent for ${limits.silence} minutes`),
    limits.silence * 60_000,
  );
  const interrupt = () => stop("it was interrupted");
  signal.addEventListener("abort", interrupt);
  // It may have come while nobody listened.
  if (signal.aborted) interrupt();

  const file = createWriteStream(log);
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(file, { end: false });
    createInterface({ input: stream }).on("line", (line) => {
      silence.refresh();
      const at = line.indexOf("@@ ");
      if (at >= 0) take(read(line.slice(at + 3)));
      else outcome.lastLines = [...outcome.lastLines, line].slice(-LAST_LINES);
    });
  }
  const take = (said) => {
    if (said.state === "machine") outcome.machine = said;
    else if (said.state === "done") done = true;
    else if (said.state !== "file") {
      outcome.results.push(said);
      onResult(said);
    }
  };
  try {
    const [code, by] = await new Promise((end, fail) => {
      child.on("error", (error) => fail(new SetupError(`cannot start ${command}: ${error.message}`)));
      child.on("close", (...how) => end(how));
    });
    if (!done) outcome.trouble ??= `it ended (${by ?? `exit ${code}`}) before the tests did`;
    return outcome;
  } finally {
    clearTimeout(total);
    clearTimeout(silence);
    signal.removeEventListener("abort", interrupt);
    await new Promise((closed) => file.end(closed));
  }
}
