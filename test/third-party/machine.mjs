// Loads objects on the kernel of test/vm that the tools are for.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { interruption, root, SetupError } from "../../scripts/setup.mjs";
import { image, testsArchive } from "../vm/image.mjs";
import { kernel } from "../vm/kernel.mjs";
import { machines, title } from "../vm/machines.mjs";
import { commandOf, runMachine } from "../vm/qemu.mjs";

const WAYS = ["skeleton", "dynamic", "bpftool"];

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * @typedef {import("./load-worker.mjs").Load} Load
 * @typedef {{ skeleton: Load, dynamic: Load, bpftool: Load }} Loads
 */

/**
 * @param {readonly { name: string, object: string, module: string }[]} objects with their skeletons in JavaScript
 * @param {{ configs: object, onDone: () => void }} options the tools' configurations
 * @returns {Promise<{ machine: object, loads: Map<string, Loads> }>}
 */
export async function loadInMachine(objects, { configs, onDone }) {
  const machine = machines.find(({ name, arch }) => name === "6.12" && arch === "amd64");
  if (machine === undefined) throw new Error("test/vm has no machine with the kernel 6.12");
  const work = join(root, ".build/third-party/vm");
  const folder = join(work, "files");
  rmSync(folder, { recursive: true, force: true });
  for (const part of ["objects", "skeletons"]) mkdirSync(join(folder, part), { recursive: true });
  for (const { name, object, module } of objects) {
    cpSync(object, join(folder, "objects", `${name}.bpf.o`));
    cpSync(module, join(folder, "skeletons", `${name}.skel.js`));
  }
  for (const file of ["guest.mjs", "load-worker.mjs", "pool.mjs", "skeleton-class.mjs"])
    cpSync(here(file), join(folder, file));
  writeFileSync(join(folder, "configs.json"), JSON.stringify(configs));

  const { image: path, ...parts } = kernel(machine);
  const settings = { TINYBPF_GUEST: "third-party/guest.mjs" };
  const initrd = await image(machine, parts, {
    tests: testsArchive(work),
    settings,
    work,
    folders: { "third-party": folder },
  });
  const log = join(work, "console.log");
  const loads = new Map();
  const outcome = await runMachine(commandOf(machine, { kernel: path, initrd }), {
    log,
    signal: interruption().signal,
    onResult: ({ file, name: way, ...load }) => {
      loads.set(file, { ...loads.get(file), [way]: load });
      if (way === WAYS.at(-1)) onDone();
    },
  });
  if (outcome.trouble !== undefined)
    throw new SetupError(`${title(machine)} did not come to its end: ${outcome.trouble}; see ${log}`);
  const missing = objects.filter(({ name }) => WAYS.some((way) => loads.get(name)?.[way] === undefined));
  if (missing.length > 0)
    throw new Error(`nothing came of ${missing.map(({ name }) => name).join(", ")}: see ${log}`);
  return { machine: outcome.machine ?? {}, loads };
}
