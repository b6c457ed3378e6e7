/** Objects compiled for one test, and what libbpf's own tools say of them. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Need, command } from "../../btf-parser/needs.ts";

export const CLANG: Need = command("clang-19");
export const OBJCOPY: Need = command("llvm-objcopy-19");

/** bpftool is in a folder that not every PATH has. */
const BPFTOOL_PATH = ["bpftool", "/usr/sbin/bpftool"].find(
  (path) => spawnSync(path, ["version"]).status === 0,
);

export const BPFTOOL: Need = () =>
  BPFTOOL_PATH === undefined ? "bpftool is not installed (npm test does so)" : undefined;

/** Where Debian keeps `asm/types.h`. */
const MACHINE_HEADERS = ["x86_64-linux-gnu", "aarch64-linux-gnu"].flatMap((machine) =>
  existsSync(`/usr/include/${machine}/asm/types.h`) ? ["-idirafter", `/usr/include/${machine}`] : [],
);

const PRELUDE = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
`;

/** A folder of its own for a test's files, which goes with it. */
export class Workshop implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "tinybpf-wild-"));

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Compiles C, with libbpf's headers included, to the object `name`. */
  compile(name: string, source: string, flags: readonly string[] = ["-g"]): string {
    const input = this.path("source.bpf.c");
    writeFileSync(input, PRELUDE + source);
    const path = this.path(name);
    run("clang-19", [
      "-O2",
      "-target",
      "bpf",
      "-mcpu=v3",
      ...flags,
      ...MACHINE_HEADERS,
      "-c",
      input,
      "-o",
      path,
    ]);
    return path;
  }

  /** Links objects as `bpftool gen object` does. */
  link(name: string, ...objects: readonly string[]): string {
    const path = this.path(name);
    run(BPFTOOL_PATH ?? "bpftool", ["gen", "object", path, ...objects]);
    return path;
  }

  /** Changes names in an object's symbol table: `old=new`. */
  rename(path: string, ...renames: readonly string[]): void {
    run("llvm-objcopy-19", [...renames.map((rename) => `--redefine-sym=${rename}`), path]);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(tool: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(tool, args, { encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${tool} ${args.join(" ")}:\n${stderr}`);
}

/** Whether `bpftool gen skeleton` takes an object, and what libbpf says of it. */
export function bpftoolSkeleton(path: string): {
  readonly fine: boolean;
  readonly text: string;
  readonly log: string;
} {
  const { status, stdout, stderr } = spawnSync(
    BPFTOOL_PATH ?? "bpftool",
    ["gen", "skeleton", path, "name", "wild"],
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
  return { fine: status === 0, text: stdout, log: stderr };
}

/** The members that bpftool's skeleton has in `maps` or `progs`. */
export function bpftoolMembers(text: string, of: "maps" | "progs"): readonly string[] {
  const block =
    new RegExp(`struct \\{\\n((?:\\t\\tstruct bpf_\\w+ \\*\\w+;\\n)*)\\t\\} ${of};`).exec(text)?.[1] ?? "";
  return [...block.matchAll(/\*(\w+);/g)].map(([, name = ""]) => name);
}

export function read(path: string): Uint8Array {
  return readFileSync(path);
}
