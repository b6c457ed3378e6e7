/** A short account of how two texts differ. */
import { structuredPatch } from "diff";

/** Lines that differ and are shown, and lines of context around them. */
const MAX_LINES = 16;
const CONTEXT = 2;
/** Beyond so many edits the texts have too little in common for a comparison line by line, which takes long then. */
const MAX_EDITS = 2000;

/** A line of a diff: ` ` for both sides, `-` for what is there, `+` for what should be, `@` for where. */
export interface DiffLine {
  readonly mark: " " | "-" | "+" | "@";
  readonly text: string;
}

/** The first differences, with the lines around them. Empty when there is none. */
export function shortDiff(actual: string, expected: string): DiffLine[] {
  if (actual === expected) return [];
  const patch = structuredPatch("", "", actual, expected, "", "", {
    context: CONTEXT,
    maxEditLength: MAX_EDITS,
  });
  if (patch === undefined) return [{ mark: "@", text: "almost every line differs" }];
  const all: DiffLine[] = [];
  for (const hunk of patch.hunks) {
    all.push({ mark: "@", text: `line ${hunk.oldStart}` }, ...hunk.lines.flatMap(diffLine));
  }
  const changes = all.filter(isChange).length;
  let shown = 0;
  const cut = all.findIndex((line) => isChange(line) && ++shown > MAX_LINES);
  return cut === -1
    ? all
    : [...all.slice(0, cut), { mark: "@", text: `... and ${changes - MAX_LINES} more lines` }];
}

function isChange({ mark }: DiffLine): boolean {
  return mark === "-" || mark === "+";
}

/** A line of a hunk; those that begin with `\` speak about the end of the file. */
function diffLine(line: string): DiffLine[] {
  const mark = line[0];
  return mark === " " || mark === "-" || mark === "+" ? [{ mark, text: line.slice(1) }] : [];
}
