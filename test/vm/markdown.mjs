// The text of docs/kernels.md, from columns and back.
import { kindTables, MACHINES, TESTS } from "./column.mjs";

/** @typedef {import("./column.mjs").Column} Column */

const SKIPPED = "What was skipped, and why";

const row = (cells) => `| ${cells.join(" | ")} |\n`;

function table(heading, names, columns) {
  const head = row(["", ...columns.map(({ machine }) => machine)]);
  const rule = row(["", ...columns].map(() => "---"));
  const cell = (name) => (column) => column.tables.get(heading)?.get(name) ?? "not run";
  const lines = names.map((name) => row([name, ...columns.map(cell(name))]));
  return `## ${heading}\n\n${head}${rule}${lines.join("")}\n`;
}

/** @param {readonly Column[]} columns */
export function toMarkdown(columns) {
  const kinds = [...kindTables].map(([heading, rows]) =>
    table(
      heading,
      rows.map(([kind]) => kind),
      columns,
    ),
  );
  const lists = columns
    .filter(({ skipped }) => skipped.length > 0)
    .map(({ machine, skipped }) => `### ${machine}\n\n${skipped.map((each) => `- ${each}\n`).join("")}\n`);
  return `# Kernels

Written by \`npm run test:vm\`, which runs the tests of \`test/kernel\` on Debian's stock kernels (of the flavour for clouds), in
QEMU's software emulation with two CPUs. With \`--check\` it compares. What a kernel that is not here can do, \`probe()\` tells.

The machines start with \`bpf\` among the security modules (\`lsm=…,bpf\`), as LSM programs need it; Debian's 5.10 does not by itself.

An arm64 machine that is emulated on x86-64 keeps more loads and stores in order than arm64 promises: its memory model is tested
as far as QEMU and the compiler of Node let it show.

${table(MACHINES, ["Linux", "of Debian", "libbpf", "Node"], columns)}What Debian has changes: the check leaves this table out.

${kinds.join("")}In these tables “yes” is a test that passed; anything else is what it was skipped for.

${table(TESTS, ["passed", "skipped"], columns)}## ${SKIPPED}

${lists.join("")}`;
}

/** @param {string} text @returns {readonly Column[]} */
export function fromMarkdown(text) {
  const columns = new Map();
  const column = (machine) => {
    const known = columns.get(machine) ?? { machine, tables: new Map(), skipped: [] };
    columns.set(machine, known);
    return known;
  };
  let heading = "";
  let machines;
  for (const line of text.split("\n")) {
    if (/^##+ /.test(line)) {
      heading = line.replace(/^#+ /, "");
      machines = undefined;
    } else if (line.startsWith("- ")) column(heading).skipped.push(line.slice(2));
    else if (line.startsWith("|")) {
      const [name, ...cells] = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      if (machines === undefined) machines = cells;
      else if (!name.startsWith("---"))
        for (const [i, cell] of cells.entries()) {
          const { tables } = column(machines[i]);
          tables.set(heading, (tables.get(heading) ?? new Map()).set(name, cell));
        }
    }
  }
  return [...columns.values()];
}
