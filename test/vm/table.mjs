// docs/kernels.md: what works on which kernel, as the tests found it.
import { mapKinds, programKinds } from "./kinds.mjs";
import { title } from "./machines.mjs";

/** @typedef {{ machine: import("./machines.mjs").Machine, outcome: import("./qemu.mjs").Outcome }} Run */

const short = ({ name, arch }) => `${name} ${arch === "amd64" ? "x86-64" : "arm64"}`;

const row = (cells) => `| ${cells.join(" | ")} |\n`;
const rule = (count) => row(Array.from({ length: count }, () => "---"));

/** What the tests say of a kind: "yes", "no", or a failure that must not be committed. */
function answer(results, [, file, test]) {
  const states = results
    .filter((result) => result.file === `test/kernel/${file}.test.js` && result.name.includes(test))
    .map(({ state }) => state);
  if (states.length === 0) return "not tested";
  if (states.includes("fail")) return "FAILS";
  return states.includes("pass") ? "yes" : "no";
}

function kindTable(heading, kinds, runs) {
  const lines = kinds.map((kind) =>
    row([kind[0], ...runs.map(({ outcome }) => answer(outcome.results, kind))]),
  );
  return `## ${heading}\n\n${row(["", ...runs.map(({ machine }) => short(machine))])}${rule(runs.length + 1)}${lines.join("")}\n`;
}

const count = (outcome, state) => outcome.results.filter((result) => result.state === state).length;

/** @param {readonly Run[]} runs */
export function table(runs) {
  const machines = runs.map(({ machine, outcome }) =>
    row([
      short(machine),
      outcome.machine?.kernel.replace(/^(\d+\.\d+).*/, "$1") ?? "did not start",
      outcome.machine?.libbpf ?? "",
      outcome.machine?.node.replace(/\..*/, "").replace("v", "") ?? "",
      count(outcome, "pass"),
      count(outcome, "fail"),
      count(outcome, "skip"),
    ]),
  );
  const skips = runs.map(({ machine, outcome }) => {
    const byReason = new Map();
    for (const { state, why = "no reason given", file, name } of outcome.results) {
      if (state !== "skip") continue;
      const reason = why.replace(/; this is .*/, "");
      const known = byReason.get(reason) ?? [];
      byReason.set(reason, [
        ...known,
        `${file.replace("test/kernel/", "").replace(".test.js", "")}: ${name.replace(/^.*? > /, "")}`,
      ]);
    }
    const lines = [...byReason]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([reason, tests]) =>
          `- ${reason}: ${tests.length} (${tests.toSorted().slice(0, 4).join("; ")}${tests.length > 4 ? "; …" : ""})\n`,
      );
    return `### ${title(machine)}\n\n${lines.length === 0 ? "None.\n" : lines.join("")}\n`;
  });
  return (
    "# Kernels\n\n" +
    "Written by `npm run test:vm`, which runs the tests of test/kernel on Debian's stock kernels, in QEMU's software emulation.\n\n" +
    row(["machine", "Linux", "libbpf", "Node", "tests passed", "failed", "skipped"]) +
    rule(7) +
    machines.join("") +
    "\n" +
    kindTable("Programs", programKinds, runs) +
    kindTable("Maps", mapKinds, runs) +
    "“no”: the kernel cannot, and the test was skipped with the reason below, or the test shows the error that says so.\n\n" +
    `## What was skipped, and why\n\n${skips.join("")}`
  );
}
