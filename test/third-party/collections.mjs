// What there is to compile: each object's sources, and the flags that its makefile gives.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} Part a file of C, and how it is compiled
 * @property {string} name as in `execsnoop`
 * @property {string} source
 * @property {readonly string[]} flags
 *
 * @typedef {object} Subject an object
 * @property {string} id as in `libbpf-tools/execsnoop`
 * @property {string} collection
 * @property {string} name
 * @property {readonly Part[]} parts several are linked
 */

/** Warnings are nothing to us; the programs are for the machine that loads them. */
const COMMON = ["-w", "-D__TARGET_ARCH_x86"];

/** @param {import("./sources.mjs").Sources} sources @returns {readonly Subject[]} */
export function collect(sources) {
  return [...libbpfTools(sources), ...selftests(sources)];
}

/** Headers of Debian, not of this machine, after all others. */
function systemHeaders({ headers: [first] }) {
  const folder = join(first?.folder ?? "", "usr/include");
  return ["-nostdlibinc", "-idirafter", folder, "-idirafter", join(folder, "x86_64-linux-gnu")];
}

function libbpfTools(sources) {
  const folder = join(sources.bpfcc.folder, "libbpf-tools");
  const flags = [...COMMON, `-I${join(folder, "x86")}`, ...systemHeaders(sources)];
  const own = flagsIn(readFileSync(join(folder, "Makefile"), "utf8"), [
    /^BPFCFLAGS_(\w+)\s*:=\s*\$\(BPFCFLAGS\)\s*(.*)$/gm,
  ]);
  return files(folder, ".bpf.c").map((name) =>
    alone("libbpf-tools", {
      name,
      source: join(folder, `${name}.bpf.c`),
      flags: [...flags, ...(own.get(name) ?? [])],
    }),
  );
}

function selftests(sources) {
  const tools = join(sources.linux.folder, "tools");
  const folder = join(tools, "testing/selftests/bpf");
  const makefile = readFileSync(join(folder, "Makefile"), "utf8").replaceAll("\\\n", " ");
  const flags = [
    "-mcpu=v3",
    ...COMMON,
    "-DENABLE_ATOMICS_TESTS",
    `-I${folder}`,
    `-I${join(tools, "include/uapi")}`,
    `-I${vmlinux(sources)}`,
    ...systemHeaders(sources),
  ];
  const own = flagsIn(makefile, [
    /^progs\/(\S+)\.c-CFLAGS\s*:=\s*(.*)$/gm,
    /^\$\(OUTPUT\)\/(\w+)\.o:\s*BPF_CFLAGS\s*\+=\s*(.*)$/gm,
  ]);
  const parts = files(join(folder, "progs"), ".c").map((name) => ({
    name,
    source: join(folder, "progs", `${name}.c`),
    flags: [...flags, ...(own.get(name) ?? [])],
  }));
  return [
    ...parts.map((part) => alone("selftests", part)),
    ...linked(makefile, new Map(parts.map((part) => [part.name, part]))),
  ];
}

/** Flags that a makefile has for single files, by the files' names. @param {readonly RegExp[]} patterns of name and flags */
function flagsIn(makefile, patterns) {
  const found = patterns.flatMap((pattern) => [...makefile.matchAll(pattern)]);
  return new Map(found.map(([, name, flags]) => [name, flags.trim().split(/\s+/)]));
}

/** Objects that the makefile links from several. */
function linked(makefile, parts) {
  return [...makefile.matchAll(/^(\w+)\.skel\.h-deps\s*:=\s*(.*)$/gm)].flatMap(([, name, text]) => {
    const names = text
      .trim()
      .split(/\s+/)
      .map((each) => each.replace(/\.bpf\.o$/, ""));
    const found = names.map((each) => parts.get(each)).filter((part) => part !== undefined);
    if (found.length !== names.length || names.length < 2) return [];
    return [
      { id: `selftests/${name}.linked`, collection: "selftests", name: `${name}.linked`, parts: found },
    ];
  });
}

/** @param {string} collection @param {Part} part @returns {Subject} */
const alone = (collection, part) => ({
  id: `${collection}/${part.name}`,
  collection,
  name: part.name,
  parts: [part],
});

const files = (folder, ending) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .toSorted();

/** The folder with the kernel's types. */
function vmlinux({ headers: [first] }) {
  const folder = join(first?.folder ?? "", "usr/include/x86_64-linux-gnu/linux/bpf");
  if (!existsSync(join(folder, "vmlinux.h"))) throw new Error(`there is no vmlinux.h in ${folder}`);
  return folder;
}
