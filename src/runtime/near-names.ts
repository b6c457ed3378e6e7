/** The names that were probably meant. */

/** Typing errors that still count as the same name. */
const MAX_DISTANCE = 2;
const MOST = 3;

/** At most three of `names` that look like `name`: a letter or two apart, or with it in them. The nearest first. */
export function nearNames(name: string, names: Iterable<string>): string[] {
  const found = new Map<string, number>();
  for (const candidate of names) {
    const away = distance(name, candidate);
    if (away <= MAX_DISTANCE) found.set(candidate, away);
    // A compiler's variants of a function, and functions around it: do_unlinkat.isra.0, __do_unlinkat.
    else if (name.length > 3 && candidate.includes(name)) found.set(candidate, candidate.length);
  }
  return [...found]
    .sort(([a, aAway], [b, bAway]) => aAway - bAway || (a < b ? -1 : 1))
    .slice(0, MOST)
    .map(([candidate]) => candidate);
}

/** `; did you mean a, b?`, or nothing. */
export function orRather(names: readonly string[]): string {
  return names.length === 0 ? "" : `; did you mean ${names.join(", ")}?`;
}

/** Insertions, deletions and replacements between two names (Levenshtein); what is plainly more is not counted. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (Math.min(...next) > MAX_DISTANCE) return MAX_DISTANCE + 1;
    row = next;
  }
  return row[b.length] ?? 0;
}
