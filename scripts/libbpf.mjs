// Builds versions of libbpf that Debian has the source of, whatever Debian runs here: the packages themselves want its libc.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./debian.mjs";
import { installTools, quietly, SetupError } from "./setup.mjs";
import { sourcePackages } from "./source-packages.mjs";

const cache = cacheFolder("libbpf");
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
];

const debianSources = () => sourcePackages(join(cache, "apt"), SUITES);

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
  const sources = debianSources();
  const versions = sources.versionsOf("libbpf").filter((version) => !minor(version).startsWith("0."));
  const version = wanted === "newest" ? versions.at(-1) : versions.findLast((each) => minor(each) === wanted);
  if (version === undefined)
    throw new SetupError(
      `Debian has no libbpf ${wanted}, but ${versions.map(minor).join(", ")} and ${OLDEST}.`,
    );
  const file = join(cache, version.replace(/^\d+:/, ""), "libbpf.so.1");
  if (!existsSync(file)) {
    const tree = sources.unpack(`libbpf=${version}`);
    compile(tree, ["include", "include/uapi"], "src", "src/libbpf.map", file);
    rmSync(tree, { recursive: true });
  }
  return { version: minor(version), file };
}

function fromLinux(file) {
  const sources = debianSources();
  const version = sources.versionsOf("linux").findLast((each) => each.startsWith(OLDEST_LINUX));
  if (version === undefined) throw new SetupError(`Debian has no Linux ${OLDEST_LINUX}x any more.`);
  const tree = sources.unpack(
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
