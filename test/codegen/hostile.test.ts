/** Whatever an object's names are, they stay data: in code, in comments and in paths. */
import { isAscii } from "node:buffer";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Project, SyntaxKind } from "ts-morph";
import { describe, expect, test } from "vitest";
import type { StructCodec } from "tinybpf/gen-v1";
import { generateSkeleton } from "tinybpf-gen";
import { main } from "../../src/codegen/cli.ts";
import { BtfBuilder } from "../btf-parser/btf-builder.ts";
import { buildElf } from "../btf-parser/elf-builder.ts";
import { importModule, mapOf, objectOf, readFixture, typeCheck, writeModule } from "./support.ts";

const CODE = "globalThis.tinybpfPwned=1";

const PAYLOADS: readonly string[] = [
  `*/ ${CODE} /*`,
  `*/\n${CODE}\n/*`,
  `"; ${CODE}; "`,
  `'; ${CODE}; '`,
  `\`); ${CODE}; (\``,
  `\${${CODE}}`,
  `\`\${${CODE}}\``,
  `x\n${CODE}//`,
  `x\r${CODE}//`,
  `x\u2028${CODE}//`,
  `\\"; ${CODE}; //`,
  `\\u0022; ${CODE}; //`,
  `]: 1 }; ${CODE}; const x = { [0`,
  `{ } ${CODE}; interface X {`,
  "\u202e\u2066x\u2069",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "</script><script>",
  "a-b",
  "",
  "zero\u200bwidth\u200d\ufeff\u00ad",
  "\u2067\u061c\u200f*/",
  "\u0007\u001b[31mred\u0085",
  "//# sourceMappingURL=data:,",
  "#!/bin/sh",
  "/// <reference path='../../etc/passwd' />",
  "import('node:fs')",
  'require("node:fs")',
  "@ts-ignore",
  "<!--",
  "-->",
  "\\",
  "\\u{0}",
  "\u2e2f",
  "\ufffd\ue000\u{e0001}",
  "\u{1d4d0}\u{20000}",
  "#m",
  "async *then",
  "A".repeat(64_000),
  `*/ \${${CODE}} \` " ' `.repeat(1200),
  "\n".repeat(64_000),
];

/** An object that has `text` wherever an object can have text. */
function objectWith(text: string): { text: Promise<string> } {
  const btf = new BtfBuilder();
  const u32 = btf.int(text, 4);
  const enumeration = btf.add({
    kind: "ENUM",
    name: text,
    sizeOrType: 4,
    vlen: 2,
    body: [text, 1, `${text}2`, 2],
  });
  const inner = btf.composite("STRUCT", "", 4, [{ name: `${text}3`, type: u32, bits: 0 }]);
  const union = btf.composite("UNION", text, 4, [
    { name: text, type: u32, bits: 0 },
    { name: "", type: inner, bits: 0 },
  ]);
  const names =
    text === "" ? ["first", "second", "third", "fourth"] : [text, `${text} `, ` ${text}`, `${text}4`];
  const [first = "", second = "", third = "", fourth = ""] = names;
  const struct = btf.composite("STRUCT", `${text}s`, 20, [
    { name: first, type: u32, bits: 0 },
    { name: second, type: enumeration, bits: 32 },
    { name: third, type: union, bits: 64 },
    { name: fourth, type: btf.array(union, 2), bits: 96 },
  ]);
  const typedef = btf.ref("TYPEDEF", struct, text);
  const parsed = btf.parse();
  const variable = {
    type: typedef,
    binding: "global",
    visibility: "default",
    tags: [text],
    variable: 1,
  } as const;
  const section = { size: 20, readonly: false, initial: new Uint8Array(20), datasec: undefined };
  const kind = readFixture("exec.bpf.o").programs[0]?.kind;
  if (kind === undefined) throw new Error("exec.bpf.o has no program");
  const object = objectOf(parsed, {
    license: text,
    maps: [
      mapOf(text, { keyType: u32, valueType: typedef, valueSize: 20, tags: [text] }),
      mapOf(`${text}ring`, {
        typeName: "ringbuf",
        keySize: 0,
        valueSize: 0,
        valueType: typedef,
        tags: [text],
      }),
    ],
    programs: [{ name: text, section: text, kind, autoload: true, insnCount: 1, func: undefined }],
    globals: [
      {
        ...section,
        section: `.data.${text}`,
        name: `data_${text}`,
        variables: [{ ...variable, name: text, offset: 0, size: 20 }],
      },
    ],
  });
  return { text: generateSkeleton(object, { source: `${text}.bpf.o`, types: ["*"] }) };
}

/** What a module of the same shape with harmless names imports and calls. */
const expectedCode = objectWith("harmless").text.then(liveCode);

describe.each(PAYLOADS.map((payload) => ({ payload, shown: short(payload) })))(
  "$shown",
  async ({ payload }) => {
    const text = await objectWith(payload).text;

    test("runs nothing when the module is imported", async () => {
      await importModule(text);
      expect(Reflect.get(globalThis, "tinybpfPwned")).toBeUndefined();
    });

    test("adds nothing to what the module imports and calls", async () => {
      const { imports, called, ...rest } = liveCode(text);
      const expected = await expectedCode;
      expect({ imports: expected.imports, called: expected.called, ...rest }).toEqual(expected);
      expect(called.filter((name) => !expected.called.includes(name))).toEqual([]);
      expect(imports).toHaveLength(1);
      expect(imports[0]).toMatch(/^import \{[\w, ]+\} from "tinybpf\/gen-v1";$/);
    });

    test("is nowhere invisible", () => {
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    });

    test("is kept as it is where it is a name", async () => {
      const module = await importModule(text);
      const codec = Object.values(module).find(isStruct(`struct ${payload}s`));
      const first = payload === "" ? "first" : payload;
      const decoded = codec?.decode(Uint8Array.from({ length: 20 }, (_, index) => index + 1));
      expect(Object.entries(decoded ?? {})[0]).toEqual([first, 0x04030201]);
      expect(codec?.encode(decoded)).toEqual(Uint8Array.from({ length: 20 }, (_, index) => index + 1));
      expect(Object.keys(codec?.fields ?? {})[0]).toBe(first);
    });
  },
);

function short(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}… (${text.length})` : text);
}

/** All that a module imports, the globals it mentions, and what it calls and constructs, without the names of the object. */
function liveCode(text: string) {
  const file = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true }).createSourceFile(
    "module.ts",
    text,
  );
  const of = (kind: SyntaxKind): string[] => file.getDescendantsOfKind(kind).map((node) => node.getText());
  const called = [
    ...file.getDescendantsOfKind(SyntaxKind.CallExpression),
    ...file.getDescendantsOfKind(SyntaxKind.NewExpression),
  ].map((node) => node.getExpression().getText());
  const own = new Set([
    ...file.getVariableDeclarations().map((declaration) => declaration.getName()),
    ...file.getClasses().map((declaration) => declaration.getName() ?? ""),
  ]);
  const foreign = called.filter((name) => !own.has(name.replace(/[.].*$/s, "")));
  return {
    imports: of(SyntaxKind.ImportDeclaration).map((each) => each.replaceAll(/\s+/g, " ")),
    exportsFrom: of(SyntaxKind.ExportDeclaration),
    statements: [...new Set(file.getStatements().map((statement) => statement.getKindName()))].toSorted(),
    called: [...new Set(foreign)].toSorted(),
    templates: of(SyntaxKind.TemplateExpression),
    tagged: of(SyntaxKind.TaggedTemplateExpression),
    directives: file.getPathReferenceDirectives().map((directive) => directive.getText()),
  };
}

function isStruct(name: string) {
  return (value: unknown): value is StructCodec<object, unknown> =>
    typeof value === "object" && value !== null && "View" in value && "name" in value && value.name === name;
}

test("all of it compiles", async () => {
  const texts = await Promise.all(PAYLOADS.map((payload) => objectWith(payload).text));
  expect(typeCheck(texts.map(writeModule))).toBe("");
});

/** A file, as no compiler writes it, with `text` for every name that ELF and BTF have. */
function elfWith(text: string): Uint8Array {
  const btf = new BtfBuilder();
  const u32 = btf.int("unsigned int", 4);
  const struct = btf.composite("STRUCT", text, 4, [{ name: text, type: u32, bits: 0 }]);
  const pointerTo = (type: number): number => btf.ref("PTR", type);
  const number = (value: number): number => pointerTo(btf.array(u32, value));
  const map = btf.composite("STRUCT", "", 32, [
    { name: "type", type: number(1), bits: 0 },
    { name: "max_entries", type: number(1), bits: 64 },
    { name: "key", type: pointerTo(struct), bits: 128 },
    { name: "value", type: pointerTo(struct), bits: 192 },
  ]);
  const variable = (type: number, name: string): number =>
    btf.add({ kind: "VAR", name, sizeOrType: type, body: [1] });
  btf.add({ kind: "DATASEC", name: ".maps", vlen: 1, body: [variable(map, text), 0, 32] });
  btf.add({ kind: "DATASEC", name: `.data.${text}`, vlen: 1, body: [variable(struct, `${text}_`), 0, 4] });
  const EXECUTABLE = 6n;
  return buildElf({
    sections: [
      { name: `xdp/${text}`, flags: EXECUTABLE, data: Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0) },
      { name: ".maps", flags: 3n, data: new Uint8Array(32) },
      { name: `.data.${text}`, flags: 3n, data: new Uint8Array(4) },
      { name: "license", data: Buffer.from(`${text}\0`) },
      { name: ".BTF", data: btf.bytes() },
    ],
    symbols: [
      { name: `${text}!`, size: 8, type: 2, section: `xdp/${text}` },
      { name: text, size: 32, type: 1, section: ".maps" },
      { name: `${text}_`, size: 4, type: 1, section: `.data.${text}` },
    ],
  });
}

describe("the command", () => {
  // ELF files name sections in bytes; this builder writes Latin-1.
  const names = PAYLOADS.filter((text) => text !== "" && text.length < 60_000 && isAscii(Buffer.from(text)));

  test.each(names.map((name) => ({ name, shown: short(name) })))(
    "$shown: writes one file, where it was told, and shows nothing raw",
    async ({ name }) => {
      const folder = mkdtempSync(join(tmpdir(), "tinybpf-hostile-"));
      try {
        mkdirSync(join(folder, "in"));
        mkdirSync(join(folder, "out/deep"), { recursive: true });
        writeFileSync(join(folder, "in/evil.bpf.o"), elfWith(name));
        let said = "";
        const say = (text: string): void => {
          said += text;
        };
        const terminal = { out: say, err: say, interactive: false, colours: false, columns: 100 };
        const code = await main([join(folder, "in/evil.bpf.o"), "-o", join(folder, "out/deep")], terminal);
        expect({ code, said }).toEqual({
          code: 0,
          said: expect.stringMatching(/^wrote [^\n]+\n$/) as string,
        });
        const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
        expect(files.toSorted()).toEqual(
          ["in", "in/evil.bpf.o", "out", "out/deep", "out/deep/evil.skel.ts"].toSorted(),
        );

        const text = readFileSync(join(folder, "out/deep/evil.skel.ts"), "utf8");
        const module = await importModule(text);
        expect(Reflect.get(globalThis, "tinybpfPwned")).toBeUndefined();
        expect(liveCode(text).imports).toHaveLength(1);
        expect(module["Evil"]).toMatchObject({ name: "Evil" });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  test("a file that is refused says why, and shows nothing raw", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tinybpf-hostile-"));
    try {
      const bytes = buildElf({
        sections: [{ name: "xdp", flags: 6n, data: new Uint8Array(8) }],
        symbols: [{ name: "evil\n\u001b[31m", size: 16, type: 2, section: "xdp" }],
      });
      writeFileSync(join(folder, "evil.bpf.o"), bytes);
      let said = "";
      const say = (text: string): void => {
        said += text;
      };
      const terminal = { out: say, err: say, interactive: false, colours: false, columns: 100 };
      expect(await main([join(folder, "evil.bpf.o")], terminal)).toBe(1);
      expect(said).toContain("reaches beyond its section");
      expect(said.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
      expect(readdirSync(folder)).toEqual(["evil.bpf.o"]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test("NUL, which no name in a file can have, but a model's", async () => {
  const program = readFixture("exec.bpf.o").programs[0];
  if (program === undefined) throw new Error("exec.bpf.o has no program");
  const text = await generateSkeleton(
    objectOf(new BtfBuilder().parse(), {
      license: "a\0b",
      maps: [mapOf("a\0b", { tags: ["\0"] })],
      programs: [{ ...program, name: "p\0q", section: "xdp/\0" }],
    }),
    { source: "a\0b.bpf.o" },
  );
  expect(text).not.toContain("\0");
  expect(text).toContain(String.raw`"a\u0000b": hashMap(`);
  expect(typeCheck([writeModule(text)])).toBe("");
});
