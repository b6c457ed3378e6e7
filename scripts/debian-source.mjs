// Sources of Debian's packages, of every suite that has them.
//
// Nothing of the machine's apt is changed: the sources are listed in folders of our own, from the same mirror.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, debianSource } from "./debian.mjs";
import { quietly, SetupError } from "./setup.mjs";

const apt = join(cacheFolder("sources"), "apt");

const SUITES = ["bookworm", "trixie", "sid"];

function runApt(command, ...args) {
  const options = {
    "Dir::Etc::SourceList": "/dev/null",
    "Dir::Etc::SourceParts": join(apt, "sources"),
    "Dir::State": join(apt, "state"),
    "Dir::State::status": "/var/lib/dpkg/status",
    "Dir::Cache": join(apt, "cache"),
    "Acquire::Languages": "none",
    "APT::Sandbox::User": "root",
  };
  const result = spawnSync(
    command,
    [...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]), "-q", ...args],
    { cwd: join(apt, "source"), encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  if (result.status !== 0)
    throw new SetupError(
      `${result.stdout ?? ""}${result.stderr ?? result.error}\n\`${command} ${args.join(" ")}\` failed.`,
    );
  return result.stdout;
}

/** Brings the lists of sources up to date. */
export function updateSources() {
  for (const folder of ["sources", "state/lists/partial", "cache/archives/partial", "source"])
    mkdirSync(join(apt, folder), { recursive: true });
  const { uri, key } = debianSource();
  const signed = key === undefined ? "" : `Signed-By: ${key}\n`;
  writeFileSync(
    join(apt, "sources/debian.sources"),
    `Types: deb-src\nURIs: ${uri}\nSuites: ${SUITES.join(" ")}\nComponents: main\n${signed}`,
  );
  runApt("apt-get", "update");
}

const isNewer = (a, b) => spawnSync("dpkg", ["--compare-versions", a, "gt", b]).status === 0;

/** Versions of a source package, the newest last. */
export function versionsOf(name) {
  const listed = runApt("apt-cache", "showsrc", "--only-source", name);
  const versions = [...new Set([...listed.matchAll(/^Version: (\S+)$/gm)].map(([, version]) => version))];
  return versions.sort((a, b) => (isNewer(a, b) ? 1 : -1));
}

/** Downloads the source of a package and unpacks it, or the parts of it that match; the folder. */
export function unpackSource(source, patterns) {
  const folder = join(apt, "source");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  runApt("apt-get", "source", "--download-only", "--tar-only", source);
  const archive = readdirSync(folder).find((name) => name.includes(".orig.tar."));
  if (archive === undefined) throw new SetupError(`There is no source of ${source}.`);
  const wildcards = patterns.length === 0 ? [] : ["--wildcards", ...patterns];
  const tree = join(folder, "tree");
  mkdirSync(tree);
  quietly("tar", ["-C", tree, "--strip-components=1", "-xf", join(folder, archive), ...wildcards]);
  rmSync(join(folder, archive));
  return tree;
}
