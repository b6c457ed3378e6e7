/**
 * The words of a command line, checked one by one before yargs reads them. It would take `--check=1` for false,
 * `--no-output` for the text "false", `-ofile` for an option called `ofile` and `--constructor` for one it knows.
 */
import { nearest } from "tinybpf-btf";
import { OptionsError } from "./options.ts";

/** An option takes a value, is a switch with a `--no-` form, or asks for a text instead of a run. */
export type OptionKind = "value" | "switch" | "text";

/** The options by their long names. */
export interface KnownOptions {
  readonly kinds: ReadonlyMap<string, OptionKind>;
  /** Long names by their letters. */
  readonly letters: ReadonlyMap<string, string>;
}

/**
 * The words as yargs takes them.
 *
 * @throws {@link OptionsError} for an option that there is not, or a value that it cannot have
 */
export function checkWords(words: readonly string[], known: KnownOptions): string[] {
  // What stands behind `--` is no option.
  const end = words.includes("--") ? words.indexOf("--") : words.length;
  return [...words.slice(0, end).map((word) => checkWord(word, known)), ...words.slice(end)];
}

function checkWord(word: string, known: KnownOptions): string {
  if (word === "-" || !word.startsWith("-")) return word;
  if (!word.startsWith("--")) return checkLetter(word, known);
  const [name, value] = split(word.slice(2));
  const kind = known.kinds.get(name);
  if (kind === undefined) return checkNegation(word, name, value, known);
  if (kind !== "value" && value !== undefined && value !== "true" && value !== "false")
    throw new OptionsError(`--${name} takes no value: ${word} is neither --${name}=true nor --${name}=false`);
  return word;
}

/** `-o file`, `-o=file` and `-ofile` are the same. */
function checkLetter(word: string, known: KnownOptions): string {
  const name = known.letters.get(word.charAt(1));
  const rest = word.slice(2);
  if (name !== undefined && rest === "") return word;
  if (name !== undefined && known.kinds.get(name) === "value") return `--${name}=${rest.replace(/^=/, "")}`;
  throw unknown(split(word)[0], split(word.slice(1))[0], known);
}

function checkNegation(word: string, name: string, value: string | undefined, known: KnownOptions): string {
  const positive = name.startsWith("no-") ? name.slice(3) : "";
  const kind = known.kinds.get(positive);
  if (kind === "value") throw new OptionsError(`there is no --${name}: --${positive} takes a value`);
  if (kind !== "switch") throw unknown(`--${name}`, name, known);
  if (value !== undefined) throw new OptionsError(`--${name} takes no value, but there is ${word}`);
  return word;
}

function split(text: string): readonly [name: string, value: string | undefined] {
  const at = text.indexOf("=");
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function unknown(shown: string, name: string, known: KnownOptions): OptionsError {
  const names = [...known.kinds].flatMap(([other, kind]) =>
    kind === "switch" ? [other, `no-${other}`] : [other],
  );
  const near = name.length > 1 ? nearest(name, names) : undefined;
  return new OptionsError(`unknown option ${shown}${near === undefined ? "" : `; did you mean --${near}?`}`);
}
