/** Layouts against a C compiler's: it gets an assertion for everything we say about each struct of the fixtures. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Btf, type CompositeType, layoutOf, parseObject } from "tinybpf-btf";
import { FIXTURES, readFixture } from "./fixtures.ts";
import { command, needs } from "./needs.ts";

const FOLDER = fileURLToPath(new URL("../../fixtures/", import.meta.url));

/** Where Debian keeps `asm/types.h`. */
const MACHINE_HEADERS = ["x86_64-linux-gnu", "aarch64-linux-gnu"].flatMap((machine) => [
  "-idirafter",
  `/usr/include/${machine}`,
]);

/** Structs with an alignment that BTF does not record: asked for in C, with a single packed member, or all of unnamed bits. */
const UNRECORDED = new Set(["bpf_timer", "cache_line", "aligned_members", "packed_aligned", "packed_member"]);

function assertions(btf: Btf): string[] {
  const lines: string[] = [];
  for (const type of btf.types()) {
    if ((type.kind === "STRUCT" || type.kind === "UNION") && type.name !== "")
      lines.push(...about(btf, type));
  }
  return lines;
}

function about(btf: Btf, type: CompositeType): string[] {
  const name = `${type.kind.toLowerCase()} ${type.name}`;
  const layout = layoutOf(btf, type.id);
  const align = UNRECORDED.has(type.name)
    ? []
    : [`_Static_assert(_Alignof(${name}) == ${layout.align}, "align of ${name}");`];
  return [
    `_Static_assert(sizeof(${name}) == ${layout.size}, "size of ${name}");`,
    ...align,
    ...layout.fields
      .filter((field) => field.name !== "" && field.bitSize === 0)
      .flatMap((field) => {
        const member = `${name}.${field.name}`;
        const offset = `_Static_assert(__builtin_offsetof(${name}, ${field.name}) == ${field.offset}, "offset of ${member}");`;
        // A flexible array has no size to ask for.
        if (field.size === 0) return [offset];
        return [
          offset,
          `_Static_assert(sizeof(((${name} *)0)->${field.name}) == ${field.size}, "size of ${member}");`,
        ];
      }),
  ];
}

function compile(fixture: string, lines: readonly string[]): { status: number | null; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), "tinybpf-layout-"));
  try {
    const source = join(folder, "layout.c");
    writeFileSync(source, `#include "${fixture}.bpf.c"\n${lines.join("\n")}\n`);
    const { status, stderr } = spawnSync(
      "clang-19",
      ["-target", "bpf", "-fsyntax-only", "-w", "-I", FOLDER, ...MACHINE_HEADERS, source],
      { encoding: "utf8" },
    );
    return { status, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("as clang lays out the structs of the fixtures", () => {
  const sources = FIXTURES.filter((name) => !name.endsWith(".be.bpf.o")).flatMap((name) => {
    const { btf } = parseObject(readFixture(name));
    return btf === undefined ? [] : [{ name: name.slice(0, -".bpf.o".length), lines: assertions(btf) }];
  });

  test("there is much to compare", () => {
    expect(sources.flatMap(({ lines }) => lines).length).toBeGreaterThan(200);
  });

  test.for(sources)("$name", { timeout: 60_000 }, ({ name, lines }, context) => {
    needs(context, command("clang-19"));
    expect(compile(name, lines)).toEqual({ status: 0, stderr: "" });
  });

  test("a wrong layout would not compile", (context) => {
    needs(context, command("clang-19"));
    const { status, stderr } = compile("packed", ['_Static_assert(sizeof(struct packed) == 19, "wrong");']);
    expect(status).not.toBe(0);
    expect(stderr).toContain("wrong");
  });
});
