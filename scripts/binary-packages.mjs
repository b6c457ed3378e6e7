// Debian's packages, of any suite and architecture, unpacked into folders.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, debianSource, inUse } from "./debian.mjs";
import { ONE_DAY, privateApt, sourceLine } from "./private-apt.mjs";

/** @typedef {{ suite: string, arch: "amd64" | "arm64" }} Distribution */

/** The apt of a distribution. @param {Distribution} distribution */
function aptOf({ suite, arch }) {
  const lines = [sourceLine("deb", debianSource(), suite)];
  if (suite !== "sid") lines.push(sourceLine("deb", debianSource("-security"), `${suite}-security`));
  return privateApt(join(cacheFolder("vm"), "apt", `${suite}-${arch}`), { lines, arch, age: ONE_DAY });
}

/** The fields of a package that a suite offers. */
function show(apt, name) {
  const text = apt.run("apt-cache", "show", "--no-all-versions", name);
  const field = (title) => new RegExp(`^${title}: (.*)$`, "m").exec(text)?.[1] ?? "";
  const depends = `${field("Pre-Depends")}, ${field("Depends")}`
    .split(/[,|]\s*/)
    .map((entry) => entry.trim().replace(/ .*$/, ""));
  return { name, version: field("Version"), arch: field("Architecture"), depends };
}

/** @typedef {{ name: string, version: string, arch: string }} Package */

/**
 * Packages and all that they depend on.
 *
 * @param {Distribution} distribution
 * @param {readonly string[]} names
 * @returns {readonly Package[]}
 */
export function withDependencies(distribution, names) {
  const install = ["install", "--simulate", "--no-install-recommends", "-q"];
  const plan = aptOf(distribution).run("apt-get", ...install, ...names);
  return [...plan.matchAll(/^Inst (\S+) \((\S+) .*\[(\w+)\]\)/gm)].map(([, name, version, arch]) => ({
    name,
    version,
    arch,
  }));
}

/**
 * Of the packages that one depends on the ones that match, and what matches of those, and so on.
 *
 * @param {Distribution} distribution
 * @param {string} name
 * @param {RegExp} pattern
 * @returns {readonly Package[]}
 */
export function withMatching(distribution, name, pattern) {
  const apt = aptOf(distribution);
  const found = new Map();
  const add = (from) => {
    for (const each of from.depends) {
      if (!pattern.test(each) || found.has(each)) continue;
      const next = show(apt, each);
      found.set(each, next);
      add(next);
    }
  };
  add(show(apt, name));
  return [...found.values()];
}

/**
 * A folder with the files of packages, none of their scripts run. One for each set of versions.
 *
 * @param {Distribution} distribution
 * @param {readonly Package[]} packages
 */
export function unpacked(distribution, packages) {
  const files = packages.map(fileOf).toSorted();
  const target = unpackTarget(distribution, files);
  if (existsSync(target)) return inUse(target);
  const { archives, download } = aptOf(distribution);
  const missing = packages.filter((each) => !existsSync(join(archives, fileOf(each))));
  if (missing.length > 0)
    download("download", "-q", ...missing.map(({ name, version }) => `${name}=${version}`));
  const paths = files.map((file) => join(archives, file));
  return inUse(unpack(target, paths));
}

const fileOf = ({ name, version, arch }) => `${name}_${version.replaceAll(":", "%3a")}_${arch}.deb`;

function unpackTarget({ suite, arch }, files) {
  const digest = createHash("sha256").update(files.join("\n")).digest("hex").slice(0, 12);
  return join(cacheFolder("vm"), "unpacked", `${suite}-${arch}-${digest}`);
}

function unpack(target, files) {
  const partial = `${target}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  // As an installed Debian has it; older packages still hold /bin and /lib.
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    mkdirSync(join(partial, "usr", name), { recursive: true });
    symlinkSync(join("usr", name), join(partial, name));
  }
  for (const file of files)
    execFileSync("sh", [
      "-c",
      'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"',
      "sh",
      file,
      partial,
    ]);
  try {
    renameSync(partial, target);
  } catch (error) {
    // Another process was quicker.
    if (!existsSync(target)) throw error;
    rmSync(partial, { recursive: true });
  }
  return target;
}
