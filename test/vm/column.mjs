// What the tests found on one machine: a column in the tables of docs/kernels.md.
import { linkKinds, mapKinds, programKinds } from "./kinds.mjs";
import { title } from "./machines.mjs";

/** @typedef {{ machine: import("./machines.mjs").Machine, outcome: import("./qemu.mjs").Outcome }} Run */

/**
 * @typedef {object} Column
 * @property {string} machine its title
 * @property {ReadonlyMap<string, ReadonlyMap<string, string>>} tables cells by the table's heading and the row's name
 * @property {readonly string[]} skipped what was skipped, and why
 */

const NOT_TESTED = "not tested";

/** The tables, by their headings. */
export const MACHINES = "Machines";
export const TESTS = "Tests";
export const kindTables = new Map([
  ["Programs", programKinds],
  ["Maps", mapKinds],
  ["Links", linkKinds],
]);

/** @param {Run} run @returns {Column} */
export function columnOf({ machine, outcome }) {
  const { results } = outcome;
  const tables = new Map([[MACHINES, versions(machine, outcome)]]);
  for (const [heading, kinds] of kindTables)
    tables.set(heading, new Map(kinds.map((kind) => [kind[0], answer(outcome, kind)])));
  const count = (state) => String(results.filter((result) => result.state === state).length);
  tables.set(TESTS, new Map([["passed", count("pass")]]).set("skipped", count("skip")));
  return { machine: title(machine), tables, skipped: skipped(results) };
}

function versions({ suite }, { machine: { kernel, libbpf, node } }) {
  return new Map([
    ["Linux", kernel.replace(/^(\d+\.\d+).*/, "$1")],
    ["of Debian", suite],
    ["libbpf", libbpf],
    ["Node", node.replace(/^v(\d+).*/, "$1")],
  ]);
}

/** What a test that was skipped would have needed, in few words. */
function need(why = "no reason given") {
  return why
    .replace(/; this is .*/, "")
    .replace(/^needs a kernel with /, "needs ")
    .replace(/^.* needs? (libbpf [\d.]+),.*/, "needs $1");
}

/** What the tests say of a kind: "yes", or what it would take. */
function answer({ results }, [, file, test]) {
  const found = results.filter(
    (result) => result.file === `test/kernel/${file}.test.js` && result.name.includes(test),
  );
  if (found.length === 0) return NOT_TESTED;
  return found.some(({ state }) => state === "pass")
    ? "yes"
    : need(found.map(({ why }) => why).find(Boolean));
}

/** Kinds that no test of the run showed: one may have been renamed. @param {Column} column @returns {readonly string[]} */
export const untested = ({ tables }) =>
  [...kindTables.keys()].flatMap((heading) =>
    [...(tables.get(heading) ?? [])].filter(([, cell]) => cell === NOT_TESTED).map(([kind]) => kind),
  );

function skipped(results) {
  const byNeed = new Map();
  for (const { state, why, file, name } of results) {
    if (state !== "skip") continue;
    const where = file.replace(/^test\/kernel\/(.*)\.test\.js$/, "$1");
    byNeed.set(need(why), [...(byNeed.get(need(why)) ?? []), `${where}: ${name.replace(/^.*? > /, "")}`]);
  }
  return [...byNeed]
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([why, tests]) => `${why} (${tests.length}): ${tests.toSorted().join("; ")}`);
}
