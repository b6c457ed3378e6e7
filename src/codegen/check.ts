/** A short account of how two texts differ. */

/** Lines of each side that are shown, and lines of context before them. */
const MAX_LINES = 10;
const CONTEXT = 2;

/** A line of a diff: ` ` for both sides, `-` for what is there, `+` for what should be, `@` for where. */
export interface DiffLine {
  readonly mark: " " | "-" | "+" | "@";
  readonly text: string;
}

/** The lines between the first and the last difference, cut short. Empty when there is none. */
export function shortDiff(actual: string, expected: string): DiffLine[] {
  if (actual === expected) return [];
  const old = actual.split("\n");
  const now = expected.split("\n");
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  while (
    end < old.length - start &&
    end < now.length - start &&
    old[old.length - 1 - end] === now[now.length - 1 - end]
  ) {
    end++;
  }
  return [
    { mark: "@", text: `line ${start + 1}` },
    ...old.slice(Math.max(0, start - CONTEXT), start).map((text): DiffLine => ({ mark: " ", text })),
    ...side("-", old.slice(start, old.length - end)),
    ...side("+", now.slice(start, now.length - end)),
  ];
}

function side(mark: "-" | "+", lines: readonly string[]): DiffLine[] {
  const shown = lines.slice(0, MAX_LINES).map((text): DiffLine => ({ mark, text }));
  const more = lines.length - shown.length;
  return more === 0 ? shown : [...shown, { mark, text: `... and ${more} more lines` }];
}
