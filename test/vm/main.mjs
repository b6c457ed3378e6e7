// npm run test:vm: runs the tests of test/kernel on other kernels than this machine's, each in a machine of QEMU's. What
// it takes is in arguments.mjs: npm run test:vm -- --help.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import {
  announce,
  build,
  checkNode,
  howToGet,
  installPackages,
  installTools,
  interruption,
  INTERRUPTED,
  root,
  runMain,
  SetupError,
  vmTools,
} from "../../scripts/setup.mjs";
import { readArguments, USAGE, UsageError } from "./arguments.mjs";
import { columnOf, untested } from "./column.mjs";
import { compareDocument, writeDocument } from "./document.mjs";
import { image, testsArchive } from "./image.mjs";
import { kernel } from "./kernel.mjs";
import { machines, title } from "./machines.mjs";
import { commandOf, runMachine } from "./qemu.mjs";

const folder = join(root, ".build/vm");

/** @param {import("./qemu.mjs").Outcome} outcome */
const hasFailed = ({ trouble, results }) =>
  trouble !== undefined || results.length === 0 || results.some(({ state }) => state === "fail");

async function runTests(machine, { tests, settings, signal }) {
  const work = join(folder, title(machine));
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    announce(`${title(machine)}: preparing …`);
    const { image: path, version, ...parts } = kernel(machine);
    const initrd = await image(machine, parts, { tests, settings, work });
    announce(`${title(machine)}: Linux ${version} …`);
    const started = performance.now();
    const log = join(work, "console.log");
    const outcome = await runMachine(commandOf(machine, { kernel: path, initrd }), {
      log,
      signal,
      onResult: ({ state, file, name, why }) => {
        if (state === "fail") console.log(`  FAIL ${file} > ${name}\n${(why ?? "").replace(/^/gm, "    ")}`);
      },
    });
    writeFileSync(join(work, "results.json"), `${JSON.stringify(outcome, null, 1)}\n`);
    report(machine, outcome, { log, seconds: Math.round((performance.now() - started) / 1000) });
    return { machine, outcome };
  } finally {
    for (const name of ["root", "initrd", "machine.cpio"])
      rmSync(join(work, name), { recursive: true, force: true });
  }
}

function report(machine, outcome, { log, seconds }) {
  const count = (state) => outcome.results.filter((result) => result.state === state).length;
  console.log(
    `${title(machine)}: ${count("pass")} passed, ${count("fail")} failed, ${count("skip")} skipped (${seconds} s)`,
  );
  if (outcome.trouble === undefined) {
    if (outcome.results.length === 0) console.log(`  no file matches`);
    return;
  }
  console.log(`  It did not come to its end: ${outcome.trouble}. The last lines of its console (${log}):`);
  for (const line of outcome.lastLines) console.log(`    ${plain(line)}`);
}

/** Resets a terminal: what firmware starts with, and Node does not know. */
const RESET = `${String.fromCodePoint(27)}c`;

/** A line without what terminals obey. */
const plain = (line) => stripVTControlCharacters(line.replaceAll(RESET, "")).replaceAll(/[\p{Cc}--\t]/gv, "");

function prepare() {
  checkNode();
  installPackages();
  const missing = installTools(vmTools);
  if (missing.length > 0) throw new SetupError(howToGet(missing));
  build();
  mkdirSync(folder, { recursive: true });
  return testsArchive(folder);
}

/** Runs the machines, and what becomes of the document. @returns {Promise<number>} the exit code */
async function runAll({ machines: chosen, files, names, kinds, check }, signal) {
  const tests = prepare();
  const settings = {
    TINYBPF_TEST_FILES: files,
    TINYBPF_TEST_NAME: names,
    // All tests run as on the host, those of a file in a process of its own.
    TINYBPF_FILES_PER_PROCESS: kinds ? "8" : "1",
  };
  const runs = [];
  try {
    for (const machine of chosen) {
      runs.push(await runTests(machine, { tests, settings, signal }));
      if (signal.aborted) return INTERRUPTED;
    }
  } finally {
    rmSync(tests, { force: true });
    rmSync(join(folder, "root"), { recursive: true, force: true });
  }
  const failed = runs.filter(({ outcome }) => hasFailed(outcome));
  if (failed.length > 0) {
    console.log(`Failed: ${failed.map(({ machine }) => title(machine)).join(", ")}`);
    return 1;
  }
  const allFiles = files === "";
  if ((allFiles || kinds) && !showAllKinds(runs)) return 1;
  if (check) return compare(runs, { allFiles });
  if (!allFiles && !kinds) return 0;
  await writeDocument(runs, { allFiles });
  console.log("wrote docs/kernels.md");
  return 0;
}

function showAllKinds(runs) {
  const missing = runs
    .map(columnOf)
    .flatMap((column) =>
      untested(column).map((kind) => `${column.machine}: no test shows ${kind} (test/vm/kinds.mjs)`),
    );
  for (const line of missing) console.log(line);
  return missing.length === 0;
}

async function compare(runs, which) {
  const differences = await compareDocument(runs, which);
  for (const line of differences) console.log(`docs/kernels.md: ${line}`);
  if (differences.length > 0) console.log("`npm run test:vm` without --check writes it.");
  return differences.length > 0 ? 1 : 0;
}

function list() {
  for (const machine of machines) {
    const { suite, userland, node } = machine;
    console.log(`${title(machine).padEnd(12)}  kernel of ${suite}, libbpf of ${userland}, Node ${node}`);
  }
}

async function main() {
  let chosen;
  try {
    chosen = readArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    return 2;
  }
  if (chosen.help) console.log(USAGE);
  else if (chosen.list) list();
  if (chosen.help || chosen.list) return 0;

  const { signal, came } = interruption();
  try {
    return await runAll(chosen, signal);
  } catch (error) {
    if (await came()) return INTERRUPTED;
    throw error;
  }
}

await runMain(main);
