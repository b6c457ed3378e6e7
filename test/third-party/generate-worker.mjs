// Reads an object and writes its skeleton: as tinybpf-gen does without options, and with `--type *`, every type of the object.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isParseError, parseObject } from "tinybpf-btf";
import { generateModules, GenerateError } from "tinybpf-gen";
import { serve } from "./pool.mjs";

/**
 * @typedef {object} Generated
 * @property {string} [refused] why the object was refused
 * @property {string} [broken] what was thrown that is no answer to a user
 * @property {string} [module]
 * @property {string} [everyType] the module with all types
 * @property {{ maps: string[], programs: string[] }} [names]
 * @property {string[]} [warnings]
 * @property {number} ms
 */

/** @param {{ object: string, folder: string }} job @returns {Promise<Generated>} */
async function generate({ object, folder }) {
  const started = performance.now();
  const answer = await attempt(object, folder);
  return { ...answer, ms: Math.round(performance.now() - started) };
}

async function attempt(object, folder) {
  try {
    const model = parseObject(readFileSync(object));
    const name = basename(object).replace(/\.bpf\.o$/, "");
    const warnings = [];
    const module = await write(model, join(folder, `${name}.skel.ts`), {
      onWarning: ({ place, message }) => warnings.push(`${place}: ${message}`),
    });
    const everyType = await write(model, join(folder, "every-type", `${name}.skel.ts`), { types: ["*"] });
    const names = {
      maps: [...model.maps, ...model.structOps].map((map) => map.name),
      programs: model.programs.map((program) => program.name),
    };
    return { module, everyType, names, warnings };
  } catch (error) {
    if (isParseError(error) || error instanceof GenerateError) return { refused: error.message };
    return { broken: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function write(model, file, settings) {
  const source = basename(file).replace(/\.skel\.ts$/, ".bpf.o");
  const [module] = await generateModules(model, { source, outputPath: resolve(file), ...settings });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, module.text);
  return file;
}

serve(generate);
