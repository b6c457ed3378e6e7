// Debian's source packages, whatever Debian runs here.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { debianSource } from "./debian.mjs";
import { privateApt, sourceLine } from "./private-apt.mjs";
import { installTools, quietly, SetupError } from "./setup.mjs";

/** @type {import("./setup.mjs").Tool[]} */
const tools = [{ name: "xz", packages: ["xz-utils"], found: () => existsSync("/usr/bin/xz") }];

/**
 * The source packages of some suites.
 *
 * @param {string} folder one for lists and downloads
 * @param {readonly string[]} suites
 */
export function sourcePackages(folder, suites) {
  const missing = installTools(tools);
  if (missing.length > 0) throw new SetupError(`Missing: ${missing.map(({ name }) => name).join(", ")}`);
  const from = debianSource();
  const apt = privateApt(folder, { lines: suites.map((suite) => sourceLine("deb-src", from, suite)) });
  const tree = join(folder, "tree");

  return {
    /** The versions that there are of a package, the newest last. @param {string} name */
    versionsOf(name) {
      const listed = apt.run("apt-cache", "showsrc", "--only-source", name);
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
      for (const left of readdirSync(apt.archives).filter(isSource)) rmSync(join(apt.archives, left));
      apt.download("source", "--download-only", "--tar-only", "-q", name);
      const archive = readdirSync(apt.archives).find(isSource);
      if (archive === undefined) throw new SetupError(`There is no source of ${name}.`);
      const wildcards = patterns.length === 0 ? [] : ["--wildcards", ...patterns];
      rmSync(tree, { recursive: true, force: true });
      mkdirSync(tree);
      quietly("tar", ["-C", tree, "--strip-components=1", "-xf", join(apt.archives, archive), ...wildcards]);
      rmSync(join(apt.archives, archive));
      return tree;
    },
  };
}

const isSource = (file) => file.includes(".orig.tar.");

const isNewer = (a, b) => spawnSync("dpkg", ["--compare-versions", a, "gt", b]).status === 0;
