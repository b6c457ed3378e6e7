/** Which enumerator means which struct, told from their names: `KIND_START` is the `start_event`'s. */

/** Words of a name in lower case: `KIND_TcpClose` is `kind`, `tcp`, `close`. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split("_")
    .filter((word) => word !== "");
}

/** What is left of each name without the words that all begin or end with; a word of each at least. */
function distinguishing(names: readonly string[]): string[] {
  const rest = names.map(wordsOf);
  const shared = (word: (words: readonly string[]) => string | undefined): boolean =>
    new Set(rest.map(word)).size === 1 && rest.every((words) => words.length > 1);
  // Of a single name nothing can be told from the others.
  if (names.length > 1) {
    while (shared((words) => words[0])) for (const words of rest) words.shift();
    while (shared((words) => words.at(-1))) for (const words of rest) words.pop();
  }
  return rest.map((words) => words.join("_"));
}

/**
 * The name in `candidates` that means the same as each of `names`: `exec_event`, `exit_event` and `EVENT_EXEC`,
 * `EVENT_EXIT` differ in the same words, once what all of a side have in common is gone. Undefined where there is none,
 * or more than one: a wrong guess would decode garbage.
 */
export function matchNames(names: readonly string[], candidates: readonly string[]): (string | undefined)[] {
  const meanings = distinguishing(candidates);
  return distinguishing(names).map((meaning) => {
    const found = candidates.filter((_, index) => meaning !== "" && meanings[index] === meaning);
    return found.length === 1 ? found[0] : undefined;
  });
}
