// docs/third-party.md: what a full run showed.
import { STAGES } from "./outcome.mjs";
import { describeSource } from "./sources.mjs";
import { TOOLS } from "./stages.mjs";

const HEAD = `# Other people's objects

Written by \`npm run test:third-party\`: every program of these source packages, compiled with clang-19, read, generated,
type-checked under the strictest flags, and opened with libbpf; the tools are loaded, too. What must not be is in
[known.json](../test/third-party/known.json), which the run compares.

`;

/**
 * @param {readonly import("./outcome.mjs").Outcome[]} outcomes
 * @param {{ sources: import("./sources.mjs").Sources, libbpf: string, machine: { kernel?: string, libbpf?: string }, known: Known }} run
 * @typedef {Record<"failures" | "notCompiled" | "refused" | "notLoaded", Record<string, string>>} Known
 */
export function report(outcomes, { sources, libbpf, machine, known }) {
  const { bpfcc, linux, headers } = sources;
  const tools = outcomes.filter(({ collection }) => collection === TOOLS);
  const failures = outcomes.filter(({ failure }) => failure !== undefined);
  const refused = outcomes.filter((each) => each.refused !== undefined);
  return [
    HEAD,
    table(
      ["What", "Version"],
      [
        ["libbpf-tools", describeSource(bpfcc)],
        ["selftests", describeSource(linux)],
        ["headers", headers.map(describeSource).join(", ")],
        ["opened with", `libbpf ${libbpf}`],
        ["loaded on", `Linux ${machine.kernel}, libbpf ${machine.libbpf}`],
      ],
    ),
    "## Counts\n\n",
    counts(outcomes),
    `## Failures (${failures.length})\n\n`,
    failures.length === 0
      ? "None.\n\n"
      : table(
          ["Object", "Stage", "Reason"],
          failures.map(({ id, failure }) => [
            id,
            failure.stage,
            oneLine(known.failures[id] ?? failure.reason),
          ]),
        ),
    `## Refused, as by libbpf (${refused.length})\n\n`,
    table(
      ["Object", "Reason here", "libbpf's"],
      refused.map(({ id, refused: { ours, theirs } }) => [id, oneLine(ours), oneLine(theirs)]),
    ),
    "## libbpf-tools\n\nLoaded: through the skeleton, by name (`tinybpf/dynamic`), and, to compare, by `bpftool prog loadall`.\n\n",
    table(
      ["Tool", "Skeleton type-checks", "Opened", "Skeleton", "By name", "bpftool", "Why not"],
      tools.map((tool) => toolRow(tool, known)),
    ),
  ].join("");
}

/** @param {import("./outcome.mjs").Outcome} tool @param {Known} known */
function toolRow(tool, known) {
  const { id, name, loads } = tool;
  const why =
    known.notLoaded[id] ?? known.failures[id] ?? tool.notCompiled ?? tool.failure?.reason ?? tool.notLoaded;
  return [
    name,
    mark(reached(tool, "type-checked")),
    mark(reached(tool, "opened")),
    mark(loads?.skeleton),
    mark(loads?.dynamic),
    mark(loads?.bpftool),
    oneLine(why ?? ""),
  ];
}

function counts(outcomes) {
  const collections = [...new Set(outcomes.map(({ collection }) => collection))];
  const rows = collections.map((name) => {
    const own = outcomes.filter(({ collection }) => collection === name);
    const stages = STAGES.map((stage) =>
      stage === "loaded" && name !== TOOLS ? "–" : String(own.filter((each) => reached(each, stage)).length),
    );
    const refused = own.filter((each) => each.refused !== undefined).length;
    const failed = own.filter(({ failure }) => failure !== undefined).length;
    return [name, stages, String(refused), String(failed)].flat();
  });
  return table(["Collection", ...STAGES.map(title), "Refused by both", "Failed"], rows);
}

/** @param {import("./outcome.mjs").Stage} stage */
const title = (stage) => (stage === "source" ? "Objects" : `${stage[0]?.toUpperCase()}${stage.slice(1)}`);

const reached = (outcome, stage) => STAGES.indexOf(outcome.reached) >= STAGES.indexOf(stage);

const mark = (yes) => (yes === true ? "✓" : "✗");

/** The first line, fit for a cell. */
const oneLine = (text) => text.split("\n")[0].replaceAll("|", "\\|").replaceAll("<", "&lt;");

const table = (head, rows) =>
  `${[head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("")}\n`;
