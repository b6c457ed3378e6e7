// Where other people's BPF programs come from: Debian's source packages, and the headers that they include. All of it stays
// in a folder among the user's caches.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheFolder, inUse } from "../../scripts/debian.mjs";
import { announce, SetupError } from "../../scripts/setup.mjs";
import { sourcePackages } from "../../scripts/source-packages.mjs";
import { unpacked, withDependencies } from "../../scripts/binary-packages.mjs";

export const cache = cacheFolder("third-party");

/** That of the machine which loads the tools (test/vm/machines.mjs). */
const SUITE = "trixie";

/** Not every mirror has every source: the first suite whose version can be had. */
const SUITES = [SUITE, "testing", "sid"];

const HEADERS = ["libbpf-dev", "linux-bpf-dev", "linux-libc-dev", "libc6-dev"];

/**
 * @typedef {{ package: string, version: string, suite: string, folder: string }} Source
 * @typedef {{ bpfcc: Source, linux: Source, headers: Source[] }} Sources the headers are all in one folder
 */

/**
 * What was fetched before, or, the first time and with `update`, what Debian has now.
 *
 * @returns {Sources}
 */
export function sources({ update }) {
  const file = join(cache, "sources.json");
  const known = update || !existsSync(file) ? undefined : JSON.parse(readFileSync(file, "utf8"));
  if (known !== undefined) {
    const folders = [known.bpfcc, known.linux, ...known.headers].map(({ folder }) => folder);
    // What is among the packages of machines goes when nobody asks for it.
    if (folders.every((folder) => existsSync(folder))) {
      inUse(known.headers[0].folder);
      return known;
    }
  }
  mkdirSync(cache, { recursive: true });
  announce("Fetching Debian's sources …");
  const fetched = {
    bpfcc: fetch("bpfcc", SUITES, /./, []),
    linux: fetch(
      "linux",
      [SUITE],
      /^6\.12\./,
      ["testing/selftests/bpf", "include"].map((part) => `*/tools/${part}/*`),
    ),
    headers: headers(),
  };
  writeFileSync(file, `${JSON.stringify(fetched, null, 1)}\n`);
  return fetched;
}

/** The newest version, of those that match, that a suite has and the mirror gives. */
function fetch(name, suites, pattern, parts) {
  const problems = [];
  for (const suite of suites) {
    const packages = sourcePackages(join(cache, "apt", suite), [suite]);
    const version = packages.versionsOf(name).findLast((each) => pattern.test(each));
    if (version === undefined) continue;
    const folder = join(cache, `${name}-${version.replace(/^\d+:/, "")}`);
    try {
      if (!existsSync(folder)) renameSync(packages.unpack(`${name}=${version}`, parts), folder);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      problems.push(error.message);
      announce(`The mirror does not give ${name} ${version} of ${suite}.`);
      continue;
    }
    return { package: name, version, suite, folder };
  }
  throw new SetupError(`No source of ${name} can be had.\n${problems.join("\n")}`);
}

function headers() {
  const distribution = { suite: SUITE, arch: /** @type {const} */ ("amd64") };
  const packages = withDependencies(distribution, HEADERS);
  const folder = unpacked(distribution, packages);
  return packages
    .filter(({ name }) => HEADERS.includes(name))
    .map(({ name, version }) => ({ package: name, version, suite: SUITE, folder }));
}

/** The suites and versions, as one line. @param {Source} source */
export const describeSource = ({ package: name, version, suite }) => `${name} ${version} (${suite})`;

/** A name for a folder of what is made from these sources. @param {Sources} all */
export const sourcesKey = ({ bpfcc, linux, headers: [first] }) =>
  [bpfcc.folder, linux.folder, first?.folder ?? ""].map((folder) => basename(folder)).join("-");
