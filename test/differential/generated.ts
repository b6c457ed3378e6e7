/** Codecs as a user has them: a skeleton is generated, written and imported. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseObject } from "tinybpf-btf";
import { generateSkeleton } from "tinybpf-gen";
import type { StructCodec } from "tinybpf/gen-v1";
import { pascalCase } from "../../src/codegen/names.ts";
import type { Measured } from "./subjects.ts";

export type AnyCodec = StructCodec<unknown, unknown>;

/** Where the codecs of types come from. */
export interface CodecSource {
  /** The codec of a type, if there is one. */
  find(measured: Measured): AnyCodec | undefined;
}

/** The codecs of a skeleton. */
export class Codecs implements CodecSource {
  readonly #exports: Readonly<Record<string, unknown>>;
  readonly #keys = new Map<string, string>();

  constructor(exports: Readonly<Record<string, unknown>>) {
    this.#exports = exports;
    for (const [key, value] of Object.entries(exports)) if (isCodec(value)) this.#keys.set(value.name, key);
  }

  find(measured: Measured): AnyCodec | undefined {
    const value = this.#exports[this.#keyOf(measured) ?? ""];
    return isCodec(value) ? value : undefined;
  }

  /** Types without a name are called after the member they are declared in. */
  #keyOf({ expression, owner }: Measured): string | undefined {
    if (owner === undefined) return this.#keys.get(expression);
    const key = this.#keyOf(owner.type);
    return key === undefined ? undefined : key + pascalCase(owner.member);
  }
}

/** Whether an export of a skeleton is a codec of a struct or union. */
export function isCodec(value: unknown): value is AnyCodec {
  return typeof value === "object" && value !== null && "decode" in value && "View" in value;
}

/** Generates the skeleton of an object with all of its types, as `folder/<stem>.skel.ts`, and imports it. */
export async function generateCodecs(object: Uint8Array, folder: string, stem: string): Promise<Codecs> {
  const text = await generateSkeleton(parseObject(object), {
    source: `${stem}.bpf.o`,
    types: ["*"],
    // Not embedded: nothing is loaded here.
    objectPath: `./${stem}.bpf.o`,
  });
  const path = join(folder, `${stem}.skel.ts`);
  writeFileSync(path, text);
  const module: unknown = await import(path);
  return new Codecs({ ...(module as object) });
}
