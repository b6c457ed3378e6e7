// The way of all objects, a stage after the other.
import { join } from "node:path";
import { announce } from "../../scripts/setup.mjs";
import { compile } from "./compile.mjs";
import { configs } from "./configs.mjs";
import { loadInMachine } from "./machine.mjs";
import { runPool } from "./pool.mjs";
import { Progress } from "./progress.mjs";
import { typeCheck } from "./typecheck.mjs";

/** Nothing takes so long, on any machine. */
const TIMEOUT = 120_000;

export const TOOLS = "libbpf-tools";

/**
 * @typedef {import("./collections.mjs").Subject & { compiled: import("./compile.mjs").Compiled }} Built
 * @typedef {Built & { generated?: Generated, typeError?: string, opened?: Opened, module?: string }} Checked what was got as far
 *   as that; `module` is the skeleton in JavaScript
 * @typedef {import("./generate-worker.mjs").Generated | { died: string }} Generated
 * @typedef {import("./open-worker.mjs").Opened | { died: string }} Opened
 */

/** @param {readonly import("./collections.mjs").Subject[]} subjects @returns {Promise<Built[]>} */
export async function compileAll(subjects, { folder, jobs }) {
  const progress = new Progress("compiled", subjects.length);
  // Objects that are linked come last, and find their parts made.
  const order = subjects.toSorted((a, b) => a.parts.length - b.parts.length);
  const queue = [...order];
  const built = new Map();
  const worker = async () => {
    for (let subject = queue.shift(); subject !== undefined; subject = queue.shift()) {
      built.set(subject.id, { ...subject, compiled: await compile(folder, subject) });
      progress.step();
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  progress.end();
  return subjects.map(({ id }) => built.get(id));
}

/** @param {readonly Built[]} all @returns {Promise<Checked[]>} */
export async function check(all, { folder, jobs, libbpf }) {
  const objects = all.filter(({ compiled }) => "object" in compiled);
  const generated = await inPool(objects, "generated", "generate-worker.mjs", { jobs }, (each) => ({
    object: each.compiled.object,
    folder: join(folder, each.collection),
  }));
  announce("Checking types (tsc) …");
  const modules = [...generated.values()].flatMap(modulesOf);
  const { problems, compiled } = typeCheck(folder, modules);
  const script = (id) => {
    const module = generated.get(id)?.module;
    return module === undefined ? undefined : compiled(module);
  };
  const env = { ...process.env, TINYBPF_LIBBPF: libbpf };
  const opened = await inPool(objects, "opened", "open-worker.mjs", { jobs, env }, (each) => ({
    object: each.compiled.object,
    module: script(each.id),
    names: generated.get(each.id)?.names,
  }));
  return all.map((each) => ({
    ...each,
    generated: generated.get(each.id),
    typeError: modulesOf(generated.get(each.id))
      .map((module) => problems.get(module))
      .find((problem) => problem !== undefined),
    opened: opened.get(each.id),
    module: script(each.id),
  }));
}

/** @param {Generated | undefined} generated */
const modulesOf = ({ module, everyType } = {}) => [module, everyType].filter((path) => path !== undefined);

/** What a worker answers for each object, by its id. */
async function inPool(objects, what, script, { jobs, env }, jobFor) {
  const progress = new Progress(what, objects.length);
  const results = await runPool(new URL(script, import.meta.url), objects.map(jobFor), {
    concurrency: jobs,
    timeout: TIMEOUT,
    env,
    onDone: () => progress.step(),
  });
  progress.end();
  return new Map(objects.map(({ id }, index) => [id, results[index]]));
}

/** Loads the tools that can be opened; what came of it by their ids. @param {readonly Checked[]} all */
export async function loadTools(all) {
  const tools = all.filter(
    ({ collection, module, opened }) =>
      collection === TOOLS &&
      module !== undefined &&
      opened !== undefined &&
      Object.keys(opened).length === 0,
  );
  if (tools.length === 0) return { machine: undefined, loads: new Map() };
  announce("Loading the tools on Linux 6.12 (QEMU) …");
  const progress = new Progress("loaded", tools.length);
  const { machine, loads } = await loadInMachine(
    tools.map(({ name, compiled, module }) => ({ name, object: compiled.object, module })),
    { configs, onDone: () => progress.step() },
  );
  progress.end();
  return { machine, loads: new Map(tools.map(({ id, name }) => [id, loads.get(name)])) };
}
