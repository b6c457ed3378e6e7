// npm run fixtures: compiles fixtures/*.bpf.c to the committed fixtures/*.bpf.o, byte for byte the same wherever the
// checkout lies.
//
//   npm run fixtures                  rebuild the committed objects
//   npm run fixtures -- --check      write nothing; exit 1 and name the objects that would change
//   npm run fixtures -- --out DIR    write into DIR instead
//
// The bytes depend on the compiler and on libbpf's headers: clang 19 and libbpf-dev 1.1, as Debian 12 has them.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { clangTools, howToGet, missingTools } from "./setup.mjs";

const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));

/** Compiled without type information, on purpose. */
const withoutBtf = new Set(["no_btf"]);

/** Built a second time for a big-endian machine, as `<name>.be.bpf.o`. */
const bigEndianToo = new Set(["scalars", "bitfields", "cells"]);

/**
 * Where <asm/types.h> is: Debian keeps it in a folder named after the machine, which `-target bpf` does not search.
 * It says the same for every machine.
 */
const machineHeaders = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
  .map((triple) => `/usr/include/${triple}`)
  .filter((folder) => existsSync(`${folder}/asm/types.h`));

/** Every object to build: its file name, its source, and the compiler's flags that set it apart. */
function objects() {
  return readdirSync(fixtures)
    .filter((file) => file.endsWith(".bpf.c"))
    .sort()
    .flatMap((source) => {
      const name = source.slice(0, -".bpf.c".length);
      const debug = withoutBtf.has(name) ? [] : ["-g"];
      const little = { object: `${name}.bpf.o`, source, flags: ["-target", "bpfel", ...debug] };
      const big = { object: `${name}.be.bpf.o`, source, flags: ["-target", "bpfeb", ...debug] };
      return bigEndianToo.has(name) ? [little, big] : [little];
    });
}

async function build({ object, source, flags }, out) {
  const path = join(out, object);
  // Run inside fixtures/ with relative names, so that BTF's line info says "./exec.bpf.c" and no more.
  await run("clang-19", [
    ...flags,
    "-mcpu=v3",
    "-O2",
    "-Wall",
    "-Werror",
    "-fdebug-compilation-dir=.",
    // Functions of headers have line info, too.
    "-fdebug-prefix-map=/usr/include=include",
    ...machineHeaders.flatMap((folder) => ["-idirafter", folder]),
    "-c",
    source,
    "-o",
    path,
  ]);
  // DWARF goes, BTF stays.
  await run("llvm-strip-19", ["-g", path]);
}

function run(command, args) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: fixtures, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", fail);
    child.on("exit", (code, signal) =>
      code === 0 ? done() : fail(new Error(`${command} ${args.join(" ")}: ${signal ?? `exit ${code}`}`)),
    );
  });
}

async function buildAll(out) {
  mkdirSync(out, { recursive: true });
  const queue = objects();
  const built = queue.map(({ object }) => object);
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await build(next, out);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return built;
}

/** What differs between the committed objects and freshly built ones, one line each. */
function differences(built, out) {
  const committed = readdirSync(fixtures).filter((file) => file.endsWith(".bpf.o"));
  const stray = committed
    .filter((object) => !built.includes(object))
    .map((object) => `${object}: has no source`);
  const changed = built.flatMap((object) => {
    if (!committed.includes(object)) return [`${object}: is not committed`];
    const same = readFileSync(join(fixtures, object)).equals(readFileSync(join(out, object)));
    return same ? [] : [`${object}: differs from a rebuild`];
  });
  return [...stray, ...changed];
}

async function check() {
  const out = mkdtempSync(join(tmpdir(), "tinybpf-fixtures-"));
  try {
    const built = await buildAll(out);
    const lines = differences(built, out);
    if (lines.length === 0) {
      console.log(`${built.length} objects are as committed.`);
      return 0;
    }
    for (const line of lines) console.error(`fixtures/${line}`);
    console.error("Run `npm run fixtures` and commit the objects.");
    return 1;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function main() {
  const { values } = parseArgs({ options: { check: { type: "boolean" }, out: { type: "string" } } });
  const missing = missingTools(clangTools);
  if (missing.length > 0) {
    console.error(howToGet(missing));
    return 1;
  }
  if (values.check) return check();
  const out = values.out === undefined ? fixtures : resolve(values.out);
  const built = await buildAll(out);
  console.log(`${built.length} objects built.`);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
