// Debian's source packages, whatever Debian runs here.
//
// Nothing of the machine's apt is changed: the sources are listed in folders of our own, from the same mirror, and apt
// verifies what it downloads.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianSource } from "./debian.mjs";
import { installTools, quietly, SetupError } from "./setup.mjs";

/** @type {import("./setup.mjs").Tool[]} */
const tools = [{ name: "xz", packages: ["xz-utils"], found: () => existsSync("/usr/bin/xz") }];

/**
 * The source packages of some suites, their lists fetched.
 *
 * @param {string} apt a folder for lists and downloads
 * @param {readonly string[]} suites
 */
export function sourcePackages(apt, suites) {
  const missing = installTools(tools);
  if (missing.length > 0) throw new SetupError(`Missing: ${missing.map(({ name }) => name).join(", ")}`);
  const source = join(apt, "source");
  for (const folder of ["sources", "state/lists/partial", "cache/archives/partial", "source"])
    mkdirSync(join(apt, folder), { recursive: true });
  const { uri, key } = debianSource();
  const signed = key === undefined ? "" : `Signed-By: ${key}\n`;
  writeFileSync(
    join(apt, "sources/debian.sources"),
    `Types: deb-src\nURIs: ${uri}\nSuites: ${suites.join(" ")}\nComponents: main\n${signed}`,
  );
  const run = (command, ...args) => runApt(apt, command, args);
  run("apt-get", "update");

  return {
    /** The versions that there are of a package, the newest last. @param {string} name */
    versionsOf(name) {
      const listed = run("apt-cache", "showsrc", "--only-source", name);
      const versions = [...new Set([...listed.matchAll(/^Version: (\S+)$/gm)].map(([, version]) => version))];
      return versions.sort((a, b) => (isNewer(a, b) ? 1 : -1));
    },

    /**
     * Downloads the source of a package and unpacks it, or the parts of it that match.
     *
     * @param {string} name as in `libbpf=1:1.5.0-3`
     * @param {readonly string[]} [patterns] as tar takes them
     * @returns {string} the folder with it, which is the same the next time
     */
    unpack(name, patterns = []) {
      rmSync(source, { recursive: true, force: true });
      mkdirSync(source);
      run("apt-get", "source", "--download-only", "--tar-only", name);
      const archive = readdirSync(source).find((file) => file.includes(".orig.tar."));
      if (archive === undefined) throw new SetupError(`There is no source of ${name}.`);
      const wildcards = patterns.length === 0 ? [] : ["--wildcards", ...patterns];
      const tree = join(source, "tree");
      mkdirSync(tree);
      quietly("tar", ["-C", tree, "--strip-components=1", "-xf", join(source, archive), ...wildcards]);
      rmSync(join(source, archive));
      return tree;
    },
  };
}

function runApt(apt, command, args) {
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

const isNewer = (a, b) => spawnSync("dpkg", ["--compare-versions", a, "gt", b]).status === 0;
