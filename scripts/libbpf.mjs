// Builds versions of libbpf that Debian has the source of, whatever Debian runs here: the packages themselves want its libc.
//
// Nothing of the machine's apt is changed: the sources are listed in folders of our own, from the same mirror.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, debianSource } from "./debian.mjs";
import { installTools, quietly, SetupError } from "./setup.mjs";

const cache = cacheFolder("libbpf");
const apt = join(cache, "apt");

const SUITES = ["bookworm", "trixie", "sid"];

/**
 * The oldest libbpf that works here, 1.0, is in no suite of Debian's any more. That of Linux 6.1, which is in bookworm, is 1.0
 * and some weeks: what it has beyond it is left out of its symbols.
 */
export const OLDEST = "1.0";
const OLDEST_LINUX = "6.1.";

/** @type {import("./setup.mjs").Tool[]} */
const tools = [
  { name: "cc", packages: ["gcc", "libc6-dev"], found: () => existsSync("/usr/bin/cc") },
  { name: "<libelf.h>", packages: ["libelf-dev"], found: () => existsSync("/usr/include/libelf.h") },
  { name: "<zlib.h>", packages: ["zlib1g-dev"], found: () => existsSync("/usr/include/zlib.h") },
  { name: "xz", packages: ["xz-utils"], found: () => existsSync("/usr/bin/xz") },
];

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

/** Fetches the lists of sources; what they have, by package. */
function update() {
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
function versionsOf(name) {
  const listed = runApt("apt-cache", "showsrc", "--only-source", name);
  const versions = [...new Set([...listed.matchAll(/^Version: (\S+)$/gm)].map(([, version]) => version))];
  return versions.sort((a, b) => (isNewer(a, b) ? 1 : -1));
}

/** The version of libbpf that a version of its package is of: `1:1.1.2-0+deb12u1` is 1.1. */
const minor = (version) => /^(?:\d+:)?(\d+\.\d+)/.exec(version)?.[1] ?? version;

/**
 * Makes a library.
 *
 * @param {string} wanted - `newest`, `oldest`, or a version as in `1.5`
 * @returns {{ version: string, file: string }}
 */
export function buildLibbpf(wanted) {
  const missing = installTools(tools);
  if (missing.length > 0) throw new SetupError(`Missing: ${missing.map(({ name }) => name).join(", ")}`);
  if (wanted !== OLDEST && wanted !== "oldest") return fromPackage(wanted);
  const file = join(cache, OLDEST, "libbpf.so.1");
  if (!existsSync(file)) fromLinux(file);
  return { version: OLDEST, file };
}

function fromPackage(wanted) {
  update();
  const versions = versionsOf("libbpf").filter((version) => !minor(version).startsWith("0."));
  const version = wanted === "newest" ? versions.at(-1) : versions.findLast((each) => minor(each) === wanted);
  if (version === undefined)
    throw new SetupError(
      `Debian has no libbpf ${wanted}, but ${versions.map(minor).join(", ")} and ${OLDEST}.`,
    );
  const file = join(cache, version.replace(/^\d+:/, ""), "libbpf.so.1");
  if (!existsSync(file)) {
    const tree = unpack(`libbpf=${version}`, []);
    compile(tree, ["include", "include/uapi"], "src", "src/libbpf.map", file);
    rmSync(tree, { recursive: true });
  }
  return { version: minor(version), file };
}

function fromLinux(file) {
  update();
  const version = versionsOf("linux").findLast((each) => each.startsWith(OLDEST_LINUX));
  if (version === undefined) throw new SetupError(`Debian has no Linux ${OLDEST_LINUX}x any more.`);
  const tree = unpack(
    `linux=${version}`,
    ["lib", "include", "arch"].map((folder) => `*/tools/${folder}/*`),
  );
  const header = join(tree, "tools/lib/bpf/libbpf_version.h");
  writeFileSync(header, readFileSync(header, "utf8").replace(/(LIBBPF_MINOR_VERSION) 1\b/, "$1 0"));
  const symbols = join(tree, "tools/lib/bpf/libbpf.map");
  writeFileSync(symbols, readFileSync(symbols, "utf8").replace(/^LIBBPF_1\.1\.0 \{[^]*/m, ""));
  compile(join(tree, "tools"), ["include", "include/uapi", "lib"], "lib/bpf", "lib/bpf/libbpf.map", file);
  rmSync(tree, { recursive: true });
}

/** Downloads the source of a package and unpacks it, or the parts of it that match; the folder. */
function unpack(source, patterns) {
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

function compile(tree, includes, sources, symbols, file) {
  const files = readdirSync(join(tree, sources)).filter((name) => name.endsWith(".c"));
  const made = `${file}.${process.pid}`;
  mkdirSync(join(file, ".."), { recursive: true });
  quietly("cc", [
    "-shared",
    "-fPIC",
    "-O2",
    "-w",
    "-D_LARGEFILE64_SOURCE",
    "-D_FILE_OFFSET_BITS=64",
    ...includes.map((folder) => `-I${join(tree, folder)}`),
    ...files.map((name) => join(tree, sources, name)),
    "-lelf",
    "-lz",
    "-Wl,-soname,libbpf.so.1",
    `-Wl,--version-script=${join(tree, symbols)}`,
    "-o",
    made,
  ]);
  renameSync(made, file);
}
