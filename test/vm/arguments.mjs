// What the command takes.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root, SetupError } from "../../scripts/setup.mjs";
import { kindFiles, kindNames } from "./kinds.mjs";
import { machines, title } from "./machines.mjs";

export const USAGE = `Runs the tests of test/kernel on Debian's stock kernels, each in a machine of QEMU's.

  npm run test:vm                                all machines; writes docs/kernels.md
  npm run test:vm -- --kernel 6.1                those with this kernel; may be repeated
  npm run test:vm -- --kernel 6.1 --arch arm64   this one, or x86-64; writes its columns there
  npm run test:vm -- --files ringbuf             only files whose names match, a regular expression
  npm run test:vm -- --kinds                     only the tests that show what kinds of programs and
                                                 maps work; writes the tables of these
  npm run test:vm -- --check                     writes nothing; fails where docs/kernels.md says something else
  npm run test:vm -- --list                      says what machines there are
  npm run test:vm -- --help                      says this

Results, logs and consoles are in .build/vm. Exit code 1 when a test failed or a machine did not come to its end,
2 for wrong arguments, 130 when interrupted.`;

const options = /** @type {const} */ ({
  kernel: { type: "string", multiple: true },
  arch: { type: "string" },
  files: { type: "string" },
  kinds: { type: "boolean", default: false },
  check: { type: "boolean", default: false },
  list: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
});

const ARCHITECTURES = ["x86-64", "arm64"];

/** Arguments that are wrong. */
export class UsageError extends SetupError {
  name = "UsageError";
}

/**
 * @typedef {object} Arguments
 * @property {boolean} help
 * @property {boolean} list
 * @property {boolean} check
 * @property {boolean} kinds
 * @property {string} files which files, a regular expression; empty for all
 * @property {string} names which of their tests, likewise
 * @property {readonly import("./machines.mjs").Machine[]} machines
 */

/** @param {string[]} args @returns {Arguments} */
export function readArguments(args) {
  const { help, list, check, kinds, files, ...choice } = parse(args);
  if (kinds && files !== undefined) throw new UsageError("--kinds chooses the files: give it or --files");
  if (check && files !== undefined)
    throw new UsageError("--check compares what all files show, or with --kinds what those tests do");
  const tests = kinds ? { files: kindFiles(), names: kindNames() } : { files: expression(files), names: "" };
  return { help, list, check, kinds, ...tests, machines: chosen(choice) };
}

/** A regular expression, looked at here rather than in the machine. */
function expression(text) {
  if (text === undefined) return "";
  let found;
  try {
    found = new RegExp(text);
  } catch (error) {
    throw new UsageError(`--files takes a regular expression: ${error.message}`);
  }
  const files = readdirSync(join(root, "test/kernel"), { recursive: true, encoding: "utf8" });
  // As the machine has them (guest/run.mjs).
  if (!files.some((file) => file.endsWith(".test.ts") && found.test(file.replace(/\.ts$/, ".js"))))
    throw new UsageError(`no file of test/kernel matches --files "${text}"`);
  return found.source;
}

function parse(args) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(`${error.message}\n\n${USAGE}`);
  }
}

function chosen({ kernel: names, arch }) {
  const found = machines.filter(
    (machine) =>
      (names === undefined || names.includes(machine.name) || names.includes(title(machine))) &&
      (arch === undefined || title(machine).endsWith(`-${arch}`)),
  );
  if (arch !== undefined && !ARCHITECTURES.includes(arch))
    throw new UsageError(`--arch takes ${ARCHITECTURES.join(" or ")}, not "${arch}"`);
  const unknown = (names ?? []).filter(
    (name) => !machines.some((machine) => name === machine.name || name === title(machine)),
  );
  if (found.length > 0 && unknown.length === 0) return found;
  const wrong = unknown.length > 0 ? unknown : [[...(names ?? []), arch].join(" --arch ")];
  throw new UsageError(
    `no such machine${wrong.map((name) => ` "${name}"`).join()}; there are ${machines.map(title).join(", ")} (npm run test:vm -- --list)`,
  );
}
