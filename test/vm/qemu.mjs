// Runs a machine until it turns itself off, and reads what its tests say on the console.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { architectures } from "./machines.mjs";

/** Nothing waits for ever: what is not done by then has failed. */
const TIMEOUT = 20 * 60_000;

const words =
  "-accel tcg,thread=multi,tb-size=512 -m 3072 -smp 2 -nodefaults -no-reboot -nographic -serial stdio".split(
    " ",
  );

// A panic ends the machine; bpf is among the security modules, so that its hooks are called.
const parameters = "quiet loglevel=3 panic=-1 lsm=landlock,lockdown,yama,bpf";

/**
 * @typedef {{ file: string, name: string, state: string, why?: string, ms?: number }} Result
 * @typedef {object} Outcome
 * @property {object | undefined} machine what it says of itself
 * @property {Result[]} results
 * @property {boolean} done whether it came to the end by itself
 */

/**
 * @param {import("./machines.mjs").Machine} machine
 * @param {{ kernel: string, initrd: string, log: string, onResult: (result: Result) => void, signal: AbortSignal }} run
 * @returns {Promise<Outcome>}
 */
export async function runMachine(machine, { kernel, initrd, log, onResult, signal }) {
  const { qemu, options, console: serial } = architectures[machine.arch];
  const child = spawn(
    qemu,
    [
      ...options,
      ...words,
      "-kernel",
      kernel,
      "-initrd",
      initrd,
      "-append",
      `console=${serial} ${parameters}`,
    ],
    { stdio: ["ignore", "pipe", "pipe"], signal, killSignal: "SIGKILL" },
  );
  const file = createWriteStream(log);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT);
  /** @type {Outcome} */
  const outcome = { machine: undefined, results: [], done: false };
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const at = line.indexOf("@@ ");
    if (at < 0) return;
    const said = JSON.parse(line.slice(at + 3));
    if (said.state === "machine") outcome.machine = said;
    else if (said.state === "done") outcome.done = true;
    else if (said.state !== "file") {
      outcome.results.push(said);
      onResult(said);
    }
  });
  try {
    await new Promise((done, fail) => {
      child.on("error", fail);
      child.on("close", done);
    });
  } finally {
    clearTimeout(timer);
    file.end();
  }
  return outcome;
}
