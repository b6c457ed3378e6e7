// The generator's part of `npm run bench`: every row a new process, all rows in turn, so that what else the machine
// does falls on all of them.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const ROUNDS = 7;

/**
 * @param {string} out - a folder to write to
 * @returns rows of a table: a name and the wall times in milliseconds
 */
export function codegenRows(out) {
  const objects = readdirSync(join(root, "fixtures"))
    .filter((name) => name.endsWith(".bpf.o"))
    .map((name) => join("fixtures", name));
  const bySize = objects.toSorted((a, b) => statSync(join(root, b)).size - statSync(join(root, a)).size);
  // Of all kinds, not only those whose names come first.
  const ten = objects.filter((_, index) => index % Math.floor(objects.length / 10) === 0).slice(0, 10);
  const fresh = join(out, "fresh");
  const kept = join(out, "kept");
  const source = "fixtures/exec.bpf.c";
  const object = join(out, "exec.bpf.o");
  const include = `/usr/include/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
  const clang = ["clang-19", "-O2", "-g", "-target", "bpf", `-I${include}`, "-c", source, "-o", object];
  const bpftool = ["bpftool", "gen", "skeleton"];
  const exec = "fixtures/exec.bpf.o";

  const commands = {
    "node, doing nothing": [[process.execPath, "-e", ""]],
    "bpftool gen skeleton": [[...bpftool, exec]],
    "clang and bpftool gen skeleton": [clang, [...bpftool, object]],
    "clang and tinybpf-gen": [clang, gen(object, "-o", fresh)],
    "tinybpf-gen, one object": [gen(exec, "-o", fresh)],
    "tinybpf-gen, unchanged": [gen(exec, "-o", kept)],
    [`tinybpf-gen, largest (${bySize[0]})`]: [gen(bySize[0], "-o", fresh)],
    "tinybpf-gen, ten objects": [gen(...ten, "-o", fresh)],
    "tinybpf-gen, ten objects, unchanged": [gen(...ten, "-o", kept)],
    [`tinybpf-gen, all ${objects.length} objects`]: [gen(...objects, "-o", fresh)],
    "tinybpf-gen --help": [gen("--help")],
  };
  run(gen(...objects, "-o", kept));
  const missing = ["clang-19", "bpftool"].filter(
    (name) => spawnSync(name, ["--version"]).error !== undefined,
  );
  for (const [name, steps] of Object.entries(commands)) {
    if (!steps.some(([file]) => missing.includes(file))) continue;
    console.log(`${name}: ${missing.join(" and ")} missing`);
    delete commands[name];
  }

  const rows = new Map(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, steps] of Object.entries(commands)) {
      rmSync(fresh, { recursive: true, force: true });
      const start = performance.now();
      for (const step of steps) run(step);
      rows.get(name).push(performance.now() - start);
    }
  }
  const one = rows.get("tinybpf-gen, one object");
  const further = (name, count) => rows.get(name).map((time, round) => (time - one[round]) / (count - 1));
  rows.set("each further of ten", further("tinybpf-gen, ten objects", ten.length));
  rows.set("each further of all", further(`tinybpf-gen, all ${objects.length} objects`, objects.length));
  return [...rows];
}

function gen(...args) {
  return [process.execPath, "src/codegen/bin.js", ...args];
}

function run([file, ...args]) {
  const { status, stderr, error } = spawnSync(file, args, { cwd: root, encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${[file, ...args].join(" ")}: ${stderr}`);
}
