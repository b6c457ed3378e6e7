// An apt beside the machine's: lists, downloads and settings in a folder of ours, so that nothing is installed or changed, and
// apt verifies everything that it downloads. The mirror is the machine's own.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { announce, SetupError } from "./setup.mjs";

/** Lists are asked for again when they are older than this. */
const LISTS_AGE = 24 * 3600 * 1000;

/**
 * @typedef {object} Sources
 * @property {readonly string[]} lines as in sources.list(5)
 * @property {string} [arch] as Debian calls it; that of the machine, if it is not given
 */

/**
 * One line of sources.list(5).
 *
 * @param {"deb" | "deb-src"} type
 * @param {{ uri: string, key?: string }} source
 * @param {string} suite
 */
export function sourceLine(type, { uri, key }, suite) {
  return `${type} ${key === undefined ? "" : `[signed-by=${key}] `}${uri} ${suite} main`;
}

/**
 * An apt with these sources, its lists brought up to date.
 *
 * @param {string} folder for its lists and downloads
 * @param {Sources} sources
 * @returns {{ run: (command: string, ...args: string[]) => string, download: (...args: string[]) => string, archives: string }}
 * `run` runs one of its commands; `download` apt-get, in the folder `archives`
 */
export function privateApt(folder, { lines, arch }) {
  const archives = join(folder, "cache/archives");
  for (const path of [join(folder, "state/lists/partial"), join(archives, "partial"), join(folder, "parts")])
    mkdirSync(path, { recursive: true });
  const sources = `${lines.join("\n")}\n`;
  writeFileSync(join(folder, "sources.list"), sources);
  // As if nothing were installed: what a package depends on is all there is to download.
  writeFileSync(join(folder, "status"), "");
  writeFileSync(join(folder, "apt.conf"), settings(folder, arch));
  const runIn = (cwd) => (command, args) => aptIn(cwd, join(folder, "apt.conf"), command, args);
  const run = runIn(folder);
  bringUpToDate(folder, sources, () => run("apt-get", ["update", "-q", "--error-on=any"]));
  return {
    archives,
    run: (command, ...args) => run(command, args),
    download: (...args) => runIn(archives)("apt-get", args),
  };
}

function settings(folder, arch) {
  const values = {
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": join(folder, "parts"),
    "Dir::Etc::preferencesparts": join(folder, "parts"),
    "Dir::State": join(folder, "state"),
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "APT::Sandbox::User": "root",
    "APT::Keep-Downloaded-Packages": "true",
    "Acquire::Languages": "none",
    "Acquire::Retries": "3",
    "Debug::NoLocking": "true",
    ...(arch === undefined ? {} : { "APT::Architecture": arch }),
  };
  return [
    ...Object.entries(values).map(([name, value]) => `${name} "${value}";\n`),
    ...(arch === undefined ? [] : [`APT::Architectures { "${arch}"; };\n`]),
    "#clear DPkg::Post-Invoke;\n#clear APT::Update::Post-Invoke;\n",
  ].join("");
}

/** Without the network, what was there the last time will do. @param {string} sources as listed now */
function bringUpToDate(folder, sources, update) {
  const stamp = join(folder, "updated");
  const isKnown = existsSync(stamp) && readFileSync(stamp, "utf8") === sources;
  if (isKnown && Date.now() - statSync(stamp).mtimeMs <= LISTS_AGE) return;
  try {
    update();
    writeFileSync(stamp, sources);
  } catch (error) {
    if (!isKnown) throw error;
    announce("The lists of packages cannot be brought up to date: those of the last time are used.");
  }
}

function aptIn(cwd, configuration, command, args) {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...process.env, APT_CONFIG: configuration, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (result.status === 0) return result.stdout;
  if (result.error?.code === "ENOENT")
    throw new SetupError(`This needs Debian's apt: there is no ${command}.`);
  throw new SetupError(`${result.stdout}${result.stderr}\n\`${[command, ...args].join(" ")}\` failed.`);
}
