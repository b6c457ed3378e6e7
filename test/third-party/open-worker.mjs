// What libbpf says of an object, and whether parser and skeleton agree with that. Needs no privilege.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { BpfError } from "tinybpf";
import { open } from "tinybpf/dynamic";
import { BpfObject } from "../../src/runtime/dist/bpf-object.js";
import { serve } from "./pool.mjs";
import { skeletonClass } from "./skeleton-class.mjs";

/**
 * @typedef {object} Opened
 * @property {string} [refused] libbpf's reason
 * @property {string} [skeleton] how the skeleton failed to open what libbpf opens
 * @property {string} [dynamic] how `open` of tinybpf/dynamic did
 * @property {string} [members] what libbpf finds in the object and the parser does not, or the other way round
 */

/** Maps that libbpf makes for sections of globals. */
const SECTION = /\.(?:rodata|data|bss|kconfig)\b/;

/**
 * @param {{ object: string, module?: string, names?: { maps: string[], programs: string[] } }} job without a module to ask
 *   libbpf alone
 * @returns {Promise<Opened>}
 */
async function check({ object, module, names }) {
  const source = basename(object);
  let theirs;
  try {
    theirs = new BpfObject(source, readFileSync(object), {});
  } catch (error) {
    if (error instanceof BpfError) return { refused: error.message };
    throw error;
  }
  const found = {
    maps: [...theirs.maps.keys()].filter((name) => !SECTION.test(name)),
    programs: [...theirs.programs.keys()],
  };
  theirs.close();
  if (module === undefined || names === undefined) return {};
  const skeleton = await problemOf(async () => (await skeletonClass(module)).open().close());
  const dynamic = await problemOf(async () => open(object).close());
  const members = difference(found, names);
  return {
    ...(skeleton === undefined ? {} : { skeleton }),
    ...(dynamic === undefined ? {} : { dynamic }),
    ...(members === "" ? {} : { members }),
  };
}

async function problemOf(work) {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

function difference(theirs, ours) {
  const lines = [];
  for (const [kind, names] of Object.entries(theirs)) {
    for (const name of names) if (!ours[kind].includes(name)) lines.push(`${kind}: only libbpf has ${name}`);
    for (const name of ours[kind]) if (!names.includes(name)) lines.push(`${kind}: libbpf has no ${name}`);
  }
  return lines.join("; ");
}

serve(check);
