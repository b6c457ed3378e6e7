// docs/kernels.md: written by a run of everything, and compared with what any run shows.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format, resolveConfig } from "prettier";
import { root } from "../../scripts/setup.mjs";
import { sections, table } from "./table.mjs";

const path = join(root, "docs/kernels.md");

/** @param {readonly import("./table.mjs").Run[]} runs */
const render = async (runs) =>
  format(table(runs), { ...(await resolveConfig(path)), filepath: path, parser: "markdown" });

/** @param {readonly import("./table.mjs").Run[]} runs of all machines and files */
export async function writeDocument(runs) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await render(runs));
}

/**
 * Says where the committed document differs from what the machines showed that ran.
 *
 * @param {readonly import("./table.mjs").Run[]} runs
 * @param {{ allFiles: boolean }} which tests they ran: all, or those of kinds, from which less follows
 * @returns {Promise<readonly string[]>}
 */
export async function compareDocument(runs, which) {
  const committed = existsSync(path) ? readFileSync(path, "utf8") : "";
  return differences(committed, await render(runs), which);
}

/** @returns {readonly string[]} */
export function differences(committed, shown, { allFiles }) {
  const before = facts(committed);
  const now = facts(shown);
  const ran = new Set(now.map(({ machine }) => machine));
  const compared = (fact) =>
    ran.has(fact.machine) &&
    (allFiles || [sections.programs, sections.maps, sections.links].includes(fact.section));
  const missing = (from, others, what) => {
    const there = new Set(others.map(text));
    return from.filter((fact) => compared(fact) && !there.has(text(fact))).map((fact) => what + text(fact));
  };
  return [...missing(before, now, "it says, "), ...missing(now, before, "the run shows, ")];
}

const text = ({ section, machine, what }) => `${section}, ${machine}: ${what}`;

/**
 * What a document says of each machine: the cells of the tables that have a column for it, and the list that has its name
 * as heading.
 *
 * @param {string} document
 * @returns {readonly { section: string, machine: string, what: string }[]}
 */
function facts(document) {
  const found = [];
  let section = "";
  let columns;
  let heading;
  for (const line of document.split("\n")) {
    if (line.startsWith("#")) {
      if (line.startsWith("## ")) section = line.slice(3);
      heading = line.startsWith("### ") ? line.slice(4) : undefined;
      columns = undefined;
    } else if (line.startsWith("- ") && heading !== undefined)
      found.push({ section, machine: heading, what: line.slice(2) });
    else if (line.startsWith("|")) {
      const [first, ...cells] = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      if (columns === undefined) columns = cells;
      // The machines themselves are no columns of their table.
      else if (section !== sections.machines && !first.startsWith("---"))
        for (const [i, cell] of cells.entries())
          found.push({ section, machine: columns[i], what: `${first}: ${cell}` });
    }
  }
  return found;
}
