/** Whatever an object's names are, they stay data: in code, in comments and in paths. */
import { describe, expect, test } from "vitest";
import type { StructCodec } from "tinybpf/gen-v1";
import { generateSkeleton } from "tinybpf-gen";
import { BtfBuilder } from "../btf-parser/btf-builder.ts";
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

describe.each(PAYLOADS)("%j", async (payload) => {
  const text = await objectWith(payload).text;

  test("runs nothing when the module is imported", async () => {
    await importModule(text);
    expect(Reflect.get(globalThis, "tinybpfPwned")).toBeUndefined();
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
});

function isStruct(name: string) {
  return (value: unknown): value is StructCodec<object, unknown> =>
    typeof value === "object" && value !== null && "View" in value && "name" in value && value.name === name;
}

test("all of it compiles", async () => {
  const texts = await Promise.all(PAYLOADS.map((payload) => objectWith(payload).text));
  expect(typeCheck(texts.map(writeModule))).toBe("");
});
