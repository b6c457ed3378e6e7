/** Definitions are C: compiled again, they are the types they were written from, with the same layout. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  alignOf,
  type Btf,
  type BtfType,
  formatDeclaration,
  layoutOf,
  parseObject,
  type TypeId,
} from "tinybpf-btf";
import { sourceOf } from "./c-source.ts";
import { FIXTURES, readFixture } from "./fixtures.ts";
import { command, needs } from "./needs.ts";

/** What the compiler makes of a source. */
function compile(source: string): Btf {
  const folder = mkdtempSync(join(tmpdir(), "tinybpf-format-"));
  try {
    const [input, output] = [join(folder, "source.c"), join(folder, "object.o")];
    writeFileSync(input, source);
    const clang = ["-target", "bpf", "-g", "-O2", "-w", "-c", input, "-o", output];
    const { status, stderr } = spawnSync("clang-19", clang, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { btf } = parseObject(Uint8Array.from(readFileSync(output)));
    if (btf === undefined) throw new Error("compiled with -g, but without BTF");
    return btf;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Structs and unions that C has a name for: a tag, or a typedef's. */
function composites(btf: Btf): { readonly type: BtfType; readonly spelling: string }[] {
  return [...btf.types()].flatMap((type) => {
    const isTagged = (type.kind === "STRUCT" || type.kind === "UNION") && type.name !== "";
    if (isTagged) return [{ type, spelling: `${type.kind.toLowerCase()} ${type.name}` }];
    const target = type.kind === "TYPEDEF" ? btf.type(type.type) : undefined;
    const isUnnamed = (target?.kind === "STRUCT" || target?.kind === "UNION") && target.name === "";
    return isUnnamed ? [{ type, spelling: type.name }] : [];
  });
}

/** A definition of each of them, a variable so that clang writes it to BTF, and its alignment, which BTF lacks. */
function programOf(btf: Btf): string {
  const anchors = composites(btf).map(
    ({ type, spelling }, index) =>
      `${spelling} anchor_${index};\n` +
      `_Static_assert(_Alignof(${spelling}) == ${alignOf(btf, type.id)}, "align of ${spelling}");`,
  );
  return [sourceOf(btf), ...anchors, ""].join("\n");
}

function layouts(btf: Btf): unknown {
  return Object.fromEntries(
    composites(btf).map(({ type, spelling }) => [spelling, layoutWithin(btf, type.id)]),
  );
}

/** Everything about the members of a struct, and about those of unnamed structs in it. */
function layoutWithin(btf: Btf, id: TypeId): unknown {
  const { size, align, packed, fields } = layoutOf(btf, id);
  const members = fields.flatMap(({ type, name, bitOffset, bitSize, size: bytes }) => {
    const inner = btf.type(type);
    const isUnnamed = (inner.kind === "STRUCT" || inner.kind === "UNION") && inner.name === "";
    // What fills up a union is a struct of unnamed bitfields, of which BTF has none.
    if (isUnnamed && name === "" && inner.members.length === 0) return [];
    const declaration = formatDeclaration(btf, type, name, { bitSize });
    return [{ declaration, bitOffset, bytes, within: isUnnamed ? layoutWithin(btf, type) : undefined }];
  });
  return { size, align, packed, members };
}

describe("structs of the fixtures, written and compiled", () => {
  const subjects = FIXTURES.filter((name) => !name.endsWith(".be.bpf.o")).flatMap((name) => {
    const { btf } = parseObject(readFixture(name));
    return btf === undefined || composites(btf).length === 0 ? [] : [{ name, btf }];
  });

  test("there are many", () => {
    expect(subjects.flatMap(({ btf }) => composites(btf)).length).toBeGreaterThan(50);
  });

  test.for(subjects)("$name", ({ btf }, context) => {
    needs(context, command("clang-19"));
    expect(layouts(compile(programOf(btf)))).toEqual(layouts(btf));
  });
});

describe("layouts that members alone do not explain", () => {
  test.for<[what: string, source: string]>([
    [
      "unnamed bitfields",
      "struct s { int a:3; int :20; int b:9; int :0; char c:1; long :64; char d; short :5; };",
    ],
    ["nothing but unnamed bitfields", "struct timer { long :64; long :64; };"],
    [
      "aligned members",
      "struct s { char a; int b __attribute__((aligned(16))); char c[3]; long d __attribute__((aligned(64))); };",
    ],
    [
      "aligned structs",
      "struct s { int a; } __attribute__((aligned(32))); struct o { char c; struct s s; };",
    ],
    [
      "an aligned union",
      "union s { int a; char b[5]; } __attribute__((aligned(32))); struct o { char c; union s s; };",
    ],
    [
      "packed and aligned",
      "struct s { char a; long b; } __attribute__((packed, aligned(8))); struct o { char c; struct s s[2]; };",
    ],
    [
      "#pragma pack(2)",
      "#pragma pack(2)\nstruct s { char a; int b; long c; char d; };\nstruct t { char a; int b:30; char c; };",
    ],
    [
      "packed, seen by a bitfield",
      "struct s { char a; int b:30; char c, d, e; } __attribute__((packed)); struct o { char x; struct s s; char y; short z; };",
    ],
    ["a bitfield after its unit", "struct s { char a; int b:30; char c; };"],
    [
      "in unnamed structs",
      "struct s { char a; struct { char b; long c __attribute__((aligned(32))); }; union { int d; struct { int :7; int e:2; } f; }; };",
    ],
    [
      "arrays without elements",
      "struct s { char a; int b[0]; char c; short d[0][3]; long e[2][0]; char f[]; };",
    ],
    ["a flexible array and padding", "struct s { long a; char b[]; } __attribute__((aligned(32)));"],
    ["a typedef without elements", "typedef int none[0]; struct s { char a; none b; char c; };"],
    [
      "an enum that is not defined",
      "enum later; typedef enum later later_t; struct s { enum later *a; later_t *b; int c; };",
    ],
  ])("%s", ([, source], context) => {
    needs(context, command("clang-19"));
    const anchors = [...source.matchAll(/(?:struct|union) [a-z]+ (?=\{)/g)].map(
      ([name], index) => `${name} v${index};`,
    );
    const btf = compile(`${source}\n${anchors.join("\n")}\n`);
    expect(composites(btf).length).toBe(anchors.length);
    const again = compile(programOf(btf));
    expect(layouts(again)).toEqual(layouts(btf));
  });
});
