// An apt beside the machine's: lists, downloads and settings in a folder of ours, so that nothing is installed or changed, and
// apt verifies everything that it downloads. The mirror is the machine's own.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { announce, SetupError } from "./setup.mjs";

/** Lists of packages that are asked for often are asked for again when they are older than this. */
export const ONE_DAY = 24 * 3600 * 1000;

/** Folders whose lists this process has asked for: once is enough, whether or not there is a network. */
const asked = new Set();

/**
 * @typedef {object} Sources
 * @property {readonly string[]} lines as in sources.list(5)
 * @property {string} [arch] as Debian calls it; that of the machine, if it is not given
 * @property {number} [age] milliseconds that lists are good for; none, if it is not given
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
export function privateApt(folder, { lines, arch, age = 0 }) {
  const archives = join(folder, "cache/archives");
  for (const path of [join(folder, "state/lists/partial"), join(archives, "partial"), join(folder, "parts")])
    mkdirSync(path, { recursive: true });
  const sources = `${lines.join("\n")}\n`;
  writeFileSync(join(folder, "sources.list"), sources);
  // As if nothing were installed: what a package depends on is all there is to download.
  writeFileSync(join(folder, "status"), "");
  // What is here comes after the machine's own settings, such as its proxy, and overrules them (apt.conf(5)).
  writeFileSync(join(folder, "apt.conf"), settings(folder, arch));
  const first = join(folder, "first.conf");
  writeFileSync(first, `Dir::Etc::main "${join(folder, "apt.conf")}";\n`);
  bringUpToDate(folder, { sources, age }, () =>
    apt(first, folder, "apt-get", ["update", "-q", "--error-on=any"]),
  );
  return {
    archives,
    run: (command, ...args) => apt(first, folder, command, args),
    download(...args) {
      try {
        return apt(first, archives, "apt-get", args);
      } catch (error) {
        // The mirror may have something newer by now: the next run asks.
        const stamp = join(folder, "updated");
        if (existsSync(stamp)) utimesSync(stamp, 0, 0);
        throw error;
      }
    },
  };
}

const MAIN = "/etc/apt/apt.conf";

function settings(folder, arch) {
  const values = {
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": join(folder, "parts"),
    "Dir::Etc::preferences": join(folder, "preferences"),
    "Dir::Etc::preferencesparts": join(folder, "parts"),
    "Dir::State": join(folder, "state"),
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "APT::Default-Release": "",
    "APT::Sandbox::User": "root",
    "APT::Keep-Downloaded-Packages": "true",
    "Acquire::Languages": "none",
    "Acquire::Retries": "3",
    "Debug::NoLocking": "true",
    ...(arch === undefined ? {} : { "APT::Architecture": arch }),
  };
  return [
    // Which this file is in the place of.
    ...(existsSync(MAIN) ? [`#include "${MAIN}";\n`] : []),
    "#clear DPkg::Post-Invoke;\n#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n",
    ...(arch === undefined ? [] : [`#clear APT::Architectures;\nAPT::Architectures { "${arch}"; };\n`]),
    ...Object.entries(values).map(([name, value]) => `${name} "${value}";\n`),
  ].join("");
}

/** Without the network, what was there the last time will do. */
function bringUpToDate(folder, { sources, age }, update) {
  const stamp = join(folder, "updated");
  const isKnown = existsSync(stamp) && readFileSync(stamp, "utf8") === sources;
  if (isKnown && (asked.has(folder) || Date.now() - statSync(stamp).mtimeMs <= age)) return;
  asked.add(folder);
  try {
    update();
    writeFileSync(stamp, sources);
  } catch (error) {
    if (!isKnown) throw error;
    announce("The lists of packages cannot be brought up to date: those of the last time are used.");
  }
}

function apt(configuration, cwd, command, args) {
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
