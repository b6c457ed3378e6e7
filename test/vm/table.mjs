// docs/kernels.md: what works on which kernel, as the tests found it.
import { linkKinds, mapKinds, programKinds } from "./kinds.mjs";
import { title } from "./machines.mjs";

/** @typedef {{ machine: import("./machines.mjs").Machine, outcome: import("./qemu.mjs").Outcome }} Run */

/** Titles of the tables, by which the check finds them again. */
export const sections = {
  machines: "Machines",
  programs: "Programs",
  maps: "Maps",
  links: "Links",
  tests: "Tests",
};

const row = (cells) => `| ${cells.join(" | ")} |\n`;
const rule = (count) => row(Array.from({ length: count }, () => "---"));

/** What a test that was skipped would have needed, in few words. */
function need(why = "no reason given") {
  return why
    .replace(/; this is .*/, "")
    .replace(/^needs a kernel with /, "needs ")
    .replace(/^.* needs? (libbpf [\d.]+),.*/, "needs $1");
}

/** What the tests say of a kind: "yes", or what it would take; or a failure, which is never committed. */
function answer(results, [, file, test, absent]) {
  const found = results.filter(
    (result) => result.file === `test/kernel/${file}.test.js` && result.name.includes(test),
  );
  if (found.length === 0) return absent ?? "not tested";
  if (found.some(({ state }) => state === "fail")) return "FAILS";
  return found.some(({ state }) => state === "pass") ? "yes" : need(found[0].why);
}

function kindTable(heading, kinds, runs) {
  const lines = kinds.map((kind) =>
    row([kind[0], ...runs.map(({ outcome }) => answer(outcome.results, kind))]),
  );
  const head = row(["", ...runs.map(({ machine }) => title(machine))]);
  return `## ${heading}\n\n${head}${rule(runs.length + 1)}${lines.join("")}\n`;
}

function machineTable(runs) {
  const lines = runs.map(({ machine, outcome }) =>
    row([
      title(machine),
      outcome.machine?.kernel.replace(/^(\d+\.\d+).*/, "$1") ?? "did not start",
      machine.suite,
      outcome.machine?.libbpf ?? "",
      outcome.machine?.node.replace(/\..*/, "").replace("v", "") ?? "",
    ]),
  );
  const head = row(["machine", "Linux", "Debian's", "libbpf", "Node"]);
  return `## ${sections.machines}\n\n${head}${rule(5)}${lines.join("")}\n`;
}

/** Tests counted by how they ended. */
function testTable(runs) {
  const lines = ["pass", "fail", "skip"].map((state) =>
    row([
      { pass: "passed", fail: "failed", skip: "skipped" }[state],
      ...runs.map(({ outcome }) => outcome.results.filter((result) => result.state === state).length),
    ]),
  );
  const head = row(["", ...runs.map(({ machine }) => title(machine))]);
  return `## ${sections.tests}\n\n${head}${rule(runs.length + 1)}${lines.join("")}\n`;
}

/** The tests that were skipped, by what they would have needed. */
function skips({ outcome }) {
  const byNeed = new Map();
  for (const { state, why, file, name } of outcome.results) {
    if (state !== "skip") continue;
    const where = file.replace(/^test\/kernel\/(.*)\.test\.js$/, "$1");
    byNeed.set(need(why), [...(byNeed.get(need(why)) ?? []), `${where}: ${name.replace(/^.*? > /, "")}`]);
  }
  return [...byNeed]
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([why, tests]) => `- ${why} (${tests.length}): ${tests.toSorted().join("; ")}\n`)
    .join("");
}

/** @param {readonly Run[]} runs */
export function table(runs) {
  return `# Kernels

Written by \`npm run test:vm\`, which runs the tests of \`test/kernel\` on Debian's stock kernels, in QEMU's software
emulation with two CPUs. \`npm run test:vm -- --check\` compares.

Emulated on x86-64, an arm64 machine keeps more loads and stores in order than the architecture promises: what arm64's memory
model allows is tested as far as QEMU lets it happen.

${machineTable(runs)}What sid has changes; the check leaves this table out.

${kindTable(sections.programs, programKinds, runs)}${kindTable(sections.maps, mapKinds, runs)}${kindTable(sections.links, linkKinds, runs)}In these tables “yes” is a test that passed, and anything else why it was skipped.

${testTable(runs)}## What was skipped, and why

${runs.map((run) => `### ${title(run.machine)}\n\n${skips(run) || "None.\n"}\n`).join("")}`;
}
