/** What a skeleton embeds is, to the kernel, the object it was made from. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseObject } from "tinybpf-btf";
import { type RawTracepointProgram, rawTracepoint, skeleton, type Skeleton } from "tinybpf/gen-v1";
import { stripDebug } from "../../src/codegen/strip-debug.ts";
import { command, needs } from "../btf-parser/needs.ts";
import { fixturePath } from "../btf-parser/fixtures.ts";
import { describeKernel, needsLibbpf } from "./require-kernel.ts";

interface Globals extends Skeleton {
  readonly maps: object;
  readonly programs: { readonly sum: RawTracepointProgram };
}

/** What the kernel calls the instructions that it was given. */
function tag(bytes: Uint8Array): string | undefined {
  const Globals = skeleton<Globals, never, never>({
    name: "Globals",
    source: "globals.bpf.o",
    object: () => bytes,
    maps: {},
    programs: { sum: rawTracepoint },
  });
  using globals = Globals.load();
  const info = readFileSync(`/proc/self/fdinfo/${globals.programs.sum.fd}`, "utf8");
  return /^prog_tag:\s*(\w+)$/m.exec(info)?.[1];
}

describeKernel("an object without its DWARF", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tinybpf-embedded-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("loads as the same program", (context) => {
    needs(context, command("clang-19"));
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    const path = join(folder, "globals.bpf.o");
    const include = `/usr/include/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
    const source = fixturePath("globals.bpf.c");
    execFileSync("clang-19", ["-O2", "-g", "-target", "bpf", "-I", include, "-c", source, "-o", path]);
    const object = parseObject(readFileSync(path));
    const stripped = stripDebug(object.bytes, object.elf);
    expect(stripped.length).toBeLessThan(object.bytes.length);
    expect(tag(stripped)).toMatch(/^[0-9a-f]{16}$/);
    expect(tag(stripped)).toBe(tag(object.bytes));
  });
});
