// What concerns the Debian that this machine runs, and others of its packages than are installed here.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { SetupError } from "./setup.mjs";

/** A folder among the user's caches, outside of the tree. */
export function cacheFolder(name) {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tinybpf", name);
}

/** What nobody asked for as long as that is removed: of most packages there is a newer version every few weeks. */
const UNUSED = 30 * 24 * 3600 * 1000;

/**
 * Says that something in a cache is in use, and removes what lies beside it and is not.
 *
 * @param {string} path
 * @param {number} [unused] milliseconds for which nobody asked for what is removed
 */
export function inUse(path, unused = UNUSED) {
  const now = Date.now();
  utimesSync(path, now / 1000, now / 1000);
  for (const name of readdirSync(dirname(path))) {
    const other = join(dirname(path), name);
    // Not when it was modified: what is unpacked is as old as in its archive.
    const since = statSync(other, { throwIfNoEntry: false })?.ctimeMs ?? now;
    if (other !== path && now - since > unused) removeWhole(other);
  }
  return path;
}

/** At no time half of it is there by its name. */
function removeWhole(path) {
  const removed = `${path}.removed-${process.pid}`;
  try {
    renameSync(path, removed);
  } catch (error) {
    if (error.code === "ENOENT") return; // another process was quicker
    throw error;
  }
  rmSync(removed, { recursive: true, force: true });
}

/**
 * The mirror that this machine gets Debian from, and the keys that its packages are signed with.
 *
 * @param {string} [archive] with `-security` the mirror of security updates
 */
export function debianSource(archive = "") {
  const folder = "/etc/apt/sources.list.d";
  if (!existsSync(folder)) throw new SetupError(`This needs Debian's apt: there is no ${folder}.`);
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  const files = ["/etc/apt/sources.list", ...readdirSync(folder).map((file) => join(folder, file))];
  for (const file of files.filter((each) => existsSync(each))) {
    const found = file.endsWith(".sources") ? paragraphs(file) : lines(file);
    const entry = found.find(
      ({ suites, uri }) => uri !== undefined && suites.includes(`${codename}${archive}`),
    );
    if (entry !== undefined) return entry;
  }
  throw new SetupError(`This needs Debian's apt: no source of ${codename}${archive} is listed in /etc/apt.`);
}

/** Sources as in deb822 (sources.list(5)). */
function paragraphs(file) {
  return readFileSync(file, "utf8")
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const field = (name) => new RegExp(`^${name}:[ \\t]*(.*)$`, "mi").exec(paragraph)?.[1]?.trim();
      return {
        uri: field("URIs")?.split(/\s+/)[0],
        suites: field("Suites")?.split(/\s+/) ?? [],
        key: field("Signed-By"),
      };
    });
}

/** Sources with one line each. */
function lines(file) {
  return [...readFileSync(file, "utf8").matchAll(/^deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s/gm)].map(
    ([, options = "", uri, suite]) => ({ uri, suites: [suite], key: /signed-by=(\S+)/i.exec(options)?.[1] }),
  );
}
