// Packages of any Debian suite and architecture, beside those of this machine: a source list, state and cache of our
// own, so that nothing is installed here and apt verifies everything it downloads.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { cacheFolder, debianSource } from "../../scripts/debian.mjs";
import { announce, SetupError } from "../../scripts/setup.mjs";

/** Lists are asked for again when they are older than this. */
const LISTS_AGE = 24 * 3600 * 1000;

/** @typedef {{ suite: string, arch: "amd64" | "arm64" }} Distribution */

/** The folder with the apt of a distribution, its lists brought up to date. @param {Distribution} distribution */
function aptFolder({ suite, arch }) {
  const folder = join(cacheFolder("vm"), "apt", `${suite}-${arch}`);
  for (const part of ["state/lists/partial", "cache/archives/partial", "parts"])
    mkdirSync(join(folder, part), { recursive: true });
  const lines = [sourceLine(debianSource(), suite, arch)];
  if (suite !== "sid") lines.push(sourceLine(debianSource("-security"), `${suite}-security`, arch));
  writeFileSync(join(folder, "sources.list"), `${lines.join("\n")}\n`);
  // As if nothing were installed: what a package depends on is all there is to download.
  writeFileSync(join(folder, "status"), "");
  const settings = {
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": join(folder, "parts"),
    "Dir::Etc::preferencesparts": join(folder, "parts"),
    "Dir::State": join(folder, "state"),
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "APT::Architecture": arch,
    "APT::Sandbox::User": "root",
    "APT::Keep-Downloaded-Packages": "true",
    "Acquire::Languages": "none",
    "Acquire::Retries": "3",
    "Debug::NoLocking": "true",
  };
  const text = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(
    join(folder, "apt.conf"),
    `${text.join("")}APT::Architectures { "${arch}"; };\n#clear DPkg::Post-Invoke;\n#clear APT::Update::Post-Invoke;\n`,
  );
  const stamp = join(folder, "updated");
  const updated = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - updated > LISTS_AGE) {
    updateLists(folder, { known: updated > 0 });
    writeFileSync(stamp, "");
  }
  return folder;
}

/** Without the network, what was there the last time will do. */
function updateLists(folder, { known }) {
  try {
    apt(folder, "apt-get", "update", "-q", "--error-on=any");
  } catch (error) {
    if (!known) throw error;
    announce(`The lists of packages cannot be brought up to date: those of the last time are used.`);
  }
}

function sourceLine({ uri, key }, suite, arch) {
  return `deb [arch=${arch}${key === undefined ? "" : ` signed-by=${key}`}] ${uri} ${suite} main`;
}

function apt(folder, command, ...args) {
  return aptIn(folder, process.cwd(), command, ...args);
}

function aptIn(folder, cwd, command, ...args) {
  const result = spawnSync(command, args, {
    cwd,
    env: {
      ...process.env,
      APT_CONFIG: join(folder, "apt.conf"),
      DEBIAN_FRONTEND: "noninteractive",
      LC_ALL: "C",
    },
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (result.status === 0) return result.stdout;
  if (result.error?.code === "ENOENT")
    throw new SetupError(`This needs Debian's apt: there is no ${command}.`);
  throw new SetupError(`${result.stdout}${result.stderr}\n\`${[command, ...args].join(" ")}\` failed.`);
}

/** The fields of a package that a suite offers. */
function show(folder, name) {
  const text = apt(folder, "apt-cache", "show", "--no-all-versions", name);
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
  const plan = apt(
    aptFolder(distribution),
    "apt-get",
    "install",
    "--simulate",
    "--no-install-recommends",
    "-q",
    ...names,
  );
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
  const folder = aptFolder(distribution);
  const found = new Map();
  const add = (from) => {
    for (const each of from.depends) {
      if (!pattern.test(each) || found.has(each)) continue;
      const next = show(folder, each);
      found.set(each, next);
      add(next);
    }
  };
  add(show(folder, name));
  return [...found.values()];
}

/**
 * A folder with the files of packages, none of their scripts run. One for each set of versions.
 *
 * @param {Distribution} distribution
 * @param {readonly Package[]} packages
 */
export function unpacked(distribution, packages) {
  const files = packages
    .map(({ name, version, arch }) => `${name}_${version.replaceAll(":", "%3a")}_${arch}.deb`)
    .toSorted();
  const target = unpackTarget(distribution, files);
  if (existsSync(target)) return target;
  const folder = aptFolder(distribution);
  const archives = join(folder, "cache/archives");
  const missing = packages.filter(
    ({ name, version, arch }) =>
      !existsSync(join(archives, `${name}_${version.replaceAll(":", "%3a")}_${arch}.deb`)),
  );
  if (missing.length > 0)
    aptIn(
      folder,
      archives,
      "apt-get",
      "download",
      "-q",
      ...missing.map(({ name, version }) => `${name}=${version}`),
    );
  return unpack(
    target,
    files.map((file) => join(archives, file)),
  );
}

function unpackTarget({ suite, arch }, files) {
  const digest = createHash("sha256").update(files.join("\n")).digest("hex").slice(0, 12);
  return join(cacheFolder("vm"), "unpacked", `${suite}-${arch}-${digest}`);
}

function unpack(target, files) {
  const partial = `${target}.partial`;
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
  renameSync(partial, target);
  return target;
}
