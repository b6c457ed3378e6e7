// A root whose C library is musl: Node, libbpf, and the libraries that they and koffi need. Once made it is kept among the
// user's caches.
//
// Debian has musl, but nothing that is built for it: the libraries are built from Debian's sources. No package is Node for
// musl; pnpm's command for it is (a single executable application), with a program that a fuse in it turns on.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../scripts/debian.mjs";
import { announce, quietly, SetupError } from "../../scripts/setup.mjs";
import { sourcePackages } from "../../scripts/source-packages.mjs";
import { unpacked, withDependencies } from "../../scripts/binary-packages.mjs";
import { npmPackage } from "../vm/node.mjs";

const PNPM = "11.21.0";
const SEA_FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:";
const ELF_INTERPRETER = "lib/ld-musl-x86_64.so.1";

/** @type {import("../../scripts/binary-packages.mjs").Distribution} */
const trixie = { suite: "trixie", arch: "amd64" };
const tools = [
  "g++-14",
  "make",
  "musl-dev",
  "musl-tools",
  "patchelf",
  "bash",
  "coreutils",
  "sed",
  "grep",
  "gawk",
  "findutils",
  "diffutils",
];

const sources = ["zlib", "elfutils", "libbpf", "gcc-14"];

/** Of gcc's sources, what libstdc++ is made from. */
const gccParts = [
  ...["libstdc++-v3", "libgcc", "include", "config", "libiberty"].map((folder) => `*/${folder}/*`),
  ...["BASE-VER", "DATESTAMP", "DEV-PHASE"].map((file) => `*/gcc/${file}`),
  ...["config*", "*.m4", "ltmain.sh", "libtool-ldflags", "install-sh", "missing", "mkinstalldirs"].map(
    (file) => `*/${file}`,
  ),
];

const build = fileURLToPath(new URL("build.sh", import.meta.url));

/** @returns {string} the folder */
export function muslRoot() {
  if (process.arch !== "x64") throw new SetupError("Node for musl is there for x86-64 only.");
  const packages = withDependencies(trixie, tools);
  const recipe = [build, fileURLToPath(import.meta.url)].map((file) => readFileSync(file, "utf8"));
  const digest = createHash("sha256")
    .update(JSON.stringify([packages, recipe]))
    .digest("hex");
  const cache = cacheFolder("musl");
  const target = join(cache, digest.slice(0, 12));
  if (existsSync(target)) return target;
  const work = join(cache, "build");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  cpSync(unpacked(trixie, packages), work, { recursive: true, verbatimSymlinks: true });
  announce("Getting the sources of libraries for musl …");
  laySources(join(work, "src"), join(work, "apt"));
  mkdirSync(join(work, "musl/lib"), { recursive: true });
  cpSync(libgcc(), join(work, "musl/lib/libgcc_s.so.1"));
  announce("Building libraries for musl (some minutes) …");
  cpSync(build, join(work, "src/build.sh"));
  inRoot(work, "bash", "/src/build.sh");
  const made = join(work, "made");
  layRoot(made, work);
  renameSync(made, target);
  // What it was built in, and older ones.
  for (const name of readdirSync(cache).filter((each) => join(cache, each) !== target))
    rmSync(join(cache, name), { recursive: true });
  return target;
}

function laySources(folder, apt) {
  mkdirSync(folder);
  const packages = sourcePackages(apt, [trixie.suite]);
  for (const name of sources) {
    const version = packages.versionsOf(name).at(-1);
    if (version === undefined) throw new SetupError(`Debian has no source of ${name} any more.`);
    const tree = packages.unpack(`${name}=${version}`);
    if (name === "gcc-14") unpackGcc(tree, join(folder, "gcc"));
    else execFileSync("mv", [tree, join(folder, name)]);
  }
}

/** Debian's archive of gcc has another one in it. */
function unpackGcc(tree, folder) {
  const archive = readdirSync(tree).find((file) => /^gcc-.*\.tar\.xz$/.test(file));
  if (archive === undefined) throw new SetupError("There is no gcc in the source of gcc.");
  mkdirSync(folder);
  const patterns = ["--wildcards", "--exclude=*/testsuite/*.cc", ...gccParts];
  quietly("tar", ["-C", folder, "--strip-components=1", "-xf", join(tree, archive), ...patterns]);
}

/** The last libgcc_s.so.1 of Debian's that asks glibc for nothing that musl does not have. */
function libgcc() {
  const bullseye = { suite: "bullseye", arch: /** @type {const} */ ("amd64") };
  const packages = withDependencies(bullseye, ["libgcc-s1"]).filter(({ name }) => name === "libgcc-s1");
  return join(unpacked(bullseye, packages), "usr/lib/x86_64-linux-gnu/libgcc_s.so.1");
}

function layRoot(folder, work) {
  for (const name of ["lib", "usr/lib", "usr/bin", "dev", "proc", "sys", "tmp"])
    mkdirSync(join(folder, name), { recursive: true });
  // A link, to musl itself.
  copyFileSync(join(work, "usr", ELF_INTERPRETER), join(folder, ELF_INTERPRETER));
  symlinkSync(`/${ELF_INTERPRETER}`, join(folder, "lib/libc.musl-x86_64.so.1"));
  cpSync(join(work, "musl/lib"), join(folder, "usr/lib"), { recursive: true });
  const { folder: pnpm } = npmPackage("@pnpm/linuxstatic-x64", PNPM);
  const program = readFileSync(join(pnpm, "pnpm"));
  const at = program.indexOf(SEA_FUSE);
  if (at === -1 || program.indexOf(SEA_FUSE, at + 1) !== -1)
    throw new SetupError(`pnpm ${PNPM} has no fuse.`);
  program.write("0", at + SEA_FUSE.length);
  writeFileSync(join(folder, "usr/bin/node"), program, { mode: 0o755 });
}

/** The command that runs another one in a root: mounts and all end with it. */
export function rootCommand(folder) {
  const script = [
    `mount --rbind /dev '${folder}/dev'`,
    `mount --rbind /sys '${folder}/sys'`,
    `mount -t proc proc '${folder}/proc'`,
    `exec chroot '${folder}' "$@"`,
  ];
  return ["unshare", "--mount", "sh", "-ec", script.join("\n"), "sh"];
}

function inRoot(folder, ...command) {
  const [file, ...args] = [...rootCommand(folder), ...command];
  for (const name of ["dev", "proc", "sys"]) mkdirSync(join(folder, name), { recursive: true });
  quietly(file, args);
}
