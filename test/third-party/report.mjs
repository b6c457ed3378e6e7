// docs/third-party.md: what a full run showed.
import { STAGES } from "./outcome.mjs";
import { describeSource } from "./sources.mjs";
import { TOOLS } from "./stages.mjs";

const HEAD = `# Other people's objects

Written by \`npm run test:third-party\`: every program of these source packages, compiled with clang-19, read, generated
(as it is, and with every type that it has: \`--type '*'\`), type-checked under the strictest flags, and opened with libbpf,
which must find the same maps and programs; the tools are loaded, too. What must not be is in
[known.json](../test/third-party/known.json), which the run compares.

`;

const TOOLS_HEAD = `## libbpf-tools

Loaded: through the skeleton, by name (\`tinybpf/dynamic\`), and, to compare, by \`bpftool prog loadall\`. The first two are given
what the tool's user space sets ([configs.mjs](../test/third-party/configs.mjs)); bpftool cannot be given anything.

`;

/**
 * @param {readonly import("./outcome.mjs").Outcome[]} outcomes
 * @param {{ sources: import("./sources.mjs").Sources, libbpf: string, machine: { kernel?: string, libbpf?: string }, known: Known }} run
 * @typedef {Record<"failures" | "notCompiled" | "refused" | "onlyLibbpf" | "notLoaded", Record<string, string>>} Known
 */
export function report(outcomes, { sources, libbpf, machine, known }) {
  const { bpfcc, linux, headers } = sources;
  const tools = outcomes.filter(({ collection }) => collection === TOOLS);
  const failures = outcomes.filter(({ failure }) => failure !== undefined);
  const refused = outcomes.filter((each) => each.refused !== undefined);
  const notCompiled = outcomes.filter((each) => each.notCompiled !== undefined);
  const onlyLibbpf = outcomes.filter((each) => each.onlyLibbpf !== undefined);
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
    list(
      "Failures",
      ["Object", "Stage", "Reason"],
      failures.map(({ id, failure }) => [id, failure.stage, known.failures[id] ?? failure.reason]),
    ),
    list(
      "Not compiled",
      ["Object", "Reason"],
      notCompiled.map(({ id, notCompiled: reason }) => [id, reason]),
    ),
    list(
      "Refused, as by libbpf",
      ["Object", "What it is", "Reason here", "libbpf's"],
      refused.map(({ id, refused: { ours, theirs } }) => [
        id,
        known.refused[id] ?? "",
        ours,
        decisive(theirs),
      ]),
    ),
    list(
      "Taken here and refused by libbpf",
      ["Object", "Why", "libbpf's reason"],
      onlyLibbpf.map(({ id, onlyLibbpf: reason }) => [id, known.onlyLibbpf[id] ?? "", decisive(reason)]),
    ),
    TOOLS_HEAD,
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

/** What libbpf printed first: the line behind what was tried. */
const decisive = (message) => message.split("\n")[1]?.trim() ?? message;

/** The first line, fit for a cell. */
const oneLine = (text) => text.split("\n")[0].replaceAll("|", "\\|").replaceAll("<", "&lt;");

/** A section of its own. */
const list = (what, head, rows) =>
  `## ${what} (${rows.length})\n\n${
    rows.length === 0
      ? "None.\n\n"
      : table(
          head,
          rows.map((cells) => cells.map(oneLine)),
        )
  }`;

const table = (head, rows) =>
  `${[head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("")}\n`;
