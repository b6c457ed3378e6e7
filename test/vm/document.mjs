// docs/kernels.md: written by a run of all files, and compared with what any run shows.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatMarkdown } from "../../scripts/format-markdown.mjs";
import { root } from "../../scripts/setup.mjs";
import { columnOf, kindTables, TESTS } from "./column.mjs";
import { machines, title } from "./machines.mjs";
import { fromMarkdown, toMarkdown } from "./markdown.mjs";

/** @typedef {import("./column.mjs").Column} Column */

const path = join(root, "docs/kernels.md");

const committed = () => fromMarkdown(existsSync(path) ? readFileSync(path, "utf8") : "");

const render = (columns) => formatMarkdown(path, toMarkdown(columns));

/**
 * Writes what machines showed. What else is known, of others and from other tests, stays.
 *
 * @param {readonly import("./column.mjs").Run[]} runs
 * @param {{ allFiles: boolean }} which tests they ran: all, or those of kinds, from which less follows
 */
export async function writeDocument(runs, which) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await render(merge(committed(), runs.map(columnOf), which)));
}

/**
 * Columns in the order of the machines, the newer of two.
 *
 * @param {readonly Column[]} older
 * @param {readonly Column[]} newer
 */
export function merge(older, newer, { allFiles }) {
  const columns = new Map(older.map((column) => [column.machine, column]));
  for (const column of newer) {
    const { tables = [], skipped = [] } = columns.get(column.machine) ?? {};
    const kinds = [...column.tables].filter(([heading]) => heading !== TESTS);
    columns.set(
      column.machine,
      allFiles ? column : { ...column, tables: new Map([...tables, ...kinds]), skipped },
    );
  }
  return machines.map((machine) => columns.get(title(machine))).filter((column) => column !== undefined);
}

/**
 * Says where the committed document differs from what the machines showed that ran.
 *
 * @param {readonly import("./column.mjs").Run[]} runs
 * @param {{ allFiles: boolean }} which tests they ran, as above
 * @returns {Promise<readonly string[]>}
 */
export async function compareDocument(runs, which) {
  // As it would be written: what prettier does to a text is done to both.
  return differences(committed(), fromMarkdown(await render(runs.map(columnOf))), which);
}

/** @param {readonly Column[]} before @param {readonly Column[]} now @returns {readonly string[]} */
export function differences(before, now, { allFiles }) {
  const columns = new Map(before.map((column) => [column.machine, column]));
  return now.flatMap((column) => {
    const [was, is] = [columns.get(column.machine), column].map((each) => facts(each, allFiles));
    return [
      ...was.filter((fact) => !is.includes(fact)).map((fact) => `${column.machine}: not any more: ${fact}`),
      ...is
        .filter((fact) => !was.includes(fact))
        .map((fact) => `${column.machine}: it does not say: ${fact}`),
    ];
  });
}

/** What a column says, as far as a run can tell. @param {Column | undefined} column */
function facts(column, allFiles) {
  const tables = [...(column?.tables ?? [])].filter(
    ([heading]) => kindTables.has(heading) || (allFiles && heading === TESTS),
  );
  const cells = tables.flatMap(([heading, rows]) =>
    [...rows].map(([name, cell]) => `${heading}, ${name}: ${cell}`),
  );
  return allFiles ? cells.concat((column?.skipped ?? []).map((each) => `skipped: ${each}`)) : cells;
}
