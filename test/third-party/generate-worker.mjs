// Reads an object and writes its skeleton, as tinybpf-gen does without options.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { isParseError, parseObject } from "tinybpf-btf";
import { generateModules, GenerateError } from "tinybpf-gen";
import { serve } from "./pool.mjs";

/**
 * @typedef {object} Generated
 * @property {string} [refused] why the object was refused
 * @property {string} [broken] what was thrown that is no answer to a user
 * @property {string} [module]
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
    const source = basename(object);
    const file = join(folder, source.replace(/\.bpf\.o$/, ".skel.ts"));
    const warnings = [];
    const [module] = await generateModules(model, {
      source,
      outputPath: resolve(file),
      onWarning: ({ place, message }) => warnings.push(`${place}: ${message}`),
    });
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, module.text);
    const names = {
      maps: [...model.maps, ...model.structOps].map(({ name }) => name),
      programs: model.programs.map(({ name }) => name),
    };
    return { module: file, names, warnings };
  } catch (error) {
    if (isParseError(error) || error instanceof GenerateError) return { refused: error.message };
    return { broken: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

serve(generate);
