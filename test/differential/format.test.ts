/** What `formatValue` prints is C: the compiler makes the same bytes of it as the encoder does of the value. */
import * as fc from "fast-check";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatValue } from "tinybpf";
import { expect, test } from "vitest";
import { needs } from "../btf-parser/needs.ts";
import { TRUTH_SECTION, VALUES, valueOf, valueSymbol } from "./c-constants.ts";
import { randomProgram } from "./c-types.ts";
import { workFolder } from "./check.ts";
import { COMPILER, compileBpf } from "./compile.ts";
import { sourceOf } from "./declare.ts";
import { type AnyCodec, generateCodecs } from "./generated.ts";
import { measuredTypes } from "./subjects.ts";
import { Constants } from "./truth.ts";

const COUNT = 100;
const SEED = Math.floor(Math.random() * 2 ** 31);

/** Integer literals of C end at 64 bits. */
const TOO_LONG = /\b\d{20,}\b/;

test.for([undefined, 2])(
  `${COUNT} random types, indent %s`,
  { timeout: 300_000 },
  async (indent, context) => {
    needs(context, COMPILER);
    console.log(`differential: ${COUNT} random types formatted, seed ${SEED}`);
    const source = sourceOf(fc.sample(randomProgram, { seed: SEED, numRuns: COUNT }));
    const folder = workFolder();
    try {
      const types = join(folder, "types.bpf.c");
      const uses = source.subjects.map(({ type }, index) => `${type.name} use_${index};`);
      writeFileSync(types, [source.declarations, ...uses, ""].join("\n"));
      const codecs = await generateCodecs(await compileBpf(types, "bpfel"), folder, "types");
      const measured = measuredTypes(source.subjects);
      const lines = [
        source.declarations,
        "#include <stdbool.h>",
        '#define NAN __builtin_nan("")',
        "#define INFINITY __builtin_inf()",
        `#define TRUTH __attribute__((section("${TRUTH_SECTION}"), used))`,
      ];
      const wanted: { readonly symbol: string; readonly text: string; readonly bytes: Uint8Array }[] = [];
      for (const [index, subject] of source.subjects.entries()) {
        const type = measured.find(({ expression }) => expression === subject.type.name);
        const codec: AnyCodec | undefined = type === undefined ? undefined : codecs.find(type);
        if (codec === undefined) throw new Error(`${subject.type.name} has no codec`);
        for (let turn = 0; turn < VALUES; turn++) {
          const value = valueOf(subject, turn);
          const text = formatValue(codec, value, indent === undefined ? {} : { indent });
          if (TOO_LONG.test(text)) continue;
          const symbol = valueSymbol(index, turn);
          // Without an initialiser where it says nothing: clang 19 crashes on `{}` for some unions.
          lines.push(`TRUTH ${subject.type.name} ${symbol}${/[^{},\s]/.test(text) ? ` = ${text}` : ""};`);
          wanted.push({ symbol, text, bytes: codec.encode(value) });
        }
      }
      const formatted = join(folder, "formatted.bpf.c");
      writeFileSync(formatted, `${lines.join("\n")}\n`);
      const constants = new Constants(await compileBpf(formatted, "bpfel"));
      expect(wanted.length).toBeGreaterThan(COUNT);
      for (const { symbol, text, bytes } of wanted)
        expect(Buffer.from(bytes).toString("hex"), `${symbol}, seed ${SEED}: ${text}`).toBe(
          Buffer.from(constants.bytes(symbol)).toString("hex"),
        );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
