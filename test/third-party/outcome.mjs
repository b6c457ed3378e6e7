// What became of an object, and whether that was to be expected.

/**
 * @typedef {object} Outcome
 * @property {string} id
 * @property {string} collection
 * @property {string} name
 * @property {Stage} reached the last stage that it came through
 * @property {string} [notCompiled] why there is no object
 * @property {{ ours: string, theirs: string }} [refused] the reasons for which the parser and libbpf refuse it
 * @property {string} [onlyLibbpf] why libbpf refuses what the parser takes
 * @property {{ stage: string, reason: string }} [failure] ours
 * @property {string} [notLoaded] why neither its skeleton nor bpftool can load it
 * @property {readonly string[]} warnings the generator's
 * @property {{ skeleton: boolean, dynamic: boolean, bpftool: boolean }} [loads]
 *
 * @typedef {"source" | "compiled" | "generated" | "type-checked" | "opened" | "loaded"} Stage
 */

/** All that can become of an object. */
export const STAGES = /** @type {const} */ ([
  "source",
  "compiled",
  "generated",
  "type-checked",
  "opened",
  "loaded",
]);

/**
 * @param {import("./stages.mjs").Checked} subject
 * @param {import("./machine.mjs").Loads | undefined} loads
 * @returns {Outcome}
 */
export function judge({ id, collection, name, compiled, generated, typeError, opened }, loads) {
  const about = { id, collection, name, warnings: generated?.warnings ?? [] };
  if ("problem" in compiled) return { ...about, reached: "source", notCompiled: compiled.problem };
  const fail = (reached, stage, reason) => ({ ...about, reached, failure: { stage, reason } });

  const broken = generated.died ?? generated.broken;
  if (broken !== undefined) return fail("compiled", "generate", broken);
  if (generated.refused !== undefined) {
    if (opened.refused === undefined)
      return fail("compiled", "parse", `${generated.refused} (${opened.died ?? "libbpf opens it"})`);
    return { ...about, reached: "compiled", refused: { ours: generated.refused, theirs: opened.refused } };
  }
  if (typeError !== undefined) return fail("generated", "type check", typeError);
  if (opened.refused !== undefined) return { ...about, reached: "type-checked", onlyLibbpf: opened.refused };
  const notOpened = opened.died ?? opened.skeleton ?? opened.dynamic ?? opened.members;
  if (notOpened !== undefined) return fail("type-checked", "open", notOpened);
  if (loads === undefined) return { ...about, reached: "opened" };

  const passed = {
    skeleton: loads.skeleton.state === "pass",
    dynamic: loads.dynamic.state === "pass",
    bpftool: loads.bpftool.state === "pass",
  };
  const ours = [loads.skeleton, loads.dynamic].find(({ state }) => state !== "pass");
  if (ours === undefined) return { ...about, reached: "loaded", loads: passed };
  const why = ours.why ?? "";
  // One of our two ways alone, or bpftool alone: not the object's fault.
  if (passed.bpftool || passed.skeleton || passed.dynamic)
    return { ...fail("opened", "load", why), loads: passed };
  return { ...about, reached: "opened", notLoaded: why, theirLog: loads.bpftool.why, loads: passed };
}

/** What of an outcome has to be in the list of what is known. @returns {[list: string, id: string, reason: string] | undefined} */
function toBeKnown({ id, notCompiled, refused, onlyLibbpf, failure, notLoaded }) {
  if (failure !== undefined) return ["failures", id, `${failure.stage}: ${failure.reason}`];
  if (notCompiled !== undefined) return ["notCompiled", id, notCompiled];
  if (refused !== undefined) return ["refused", id, `${refused.ours}; libbpf: ${refused.theirs}`];
  if (onlyLibbpf !== undefined) return ["onlyLibbpf", id, onlyLibbpf];
  if (notLoaded !== undefined) return ["notLoaded", id, notLoaded];
  return undefined;
}

/**
 * What is not as the list says, a line each.
 *
 * @param {readonly Outcome[]} outcomes
 * @param {Record<string, Record<string, string>>} known
 * @param {{ loaded: boolean }} how whether the tools were loaded
 */
export function compareWithKnown(outcomes, known, { loaded }) {
  const lines = [];
  const seen = new Set();
  for (const [list, id, reason] of outcomes.map(toBeKnown).filter((each) => each !== undefined)) {
    seen.add(`${list} ${id}`);
    if (known[list]?.[id] === undefined) lines.push(`NEW in ${list}: ${id}: ${reason}`);
  }
  const ran = new Set(outcomes.map(({ id }) => id));
  for (const [list, entries] of Object.entries(known)) {
    if (list === "notLoaded" && !loaded) continue;
    for (const id of Object.keys(entries))
      if (ran.has(id) && !seen.has(`${list} ${id}`))
        lines.push(`NO LONGER in ${list}: ${id}: remove it from known.json`);
  }
  return lines;
}
