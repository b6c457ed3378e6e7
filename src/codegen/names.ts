/** TypeScript names from C names: PascalCase, collisions and reserved words. */

/**
 * What separates words: all but ASCII's letters and digits, `$`, and the letters of blocks that are long complete, from
 * Latin-1 to Hangul. What else is a letter depends on the Unicode version of whoever reads the module: that of Node is
 * often newer than that of TypeScript.
 */
const BETWEEN_WORDS =
  /(?:[^A-Za-z0-9$\u00c0-\u024f\u0386-\u03ff\u0400-\u04ff\u05d0-\u05ea\u0620-\u064a\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3]|[^A-Za-z0-9$\p{L}])+/u;

/**
 * `exec_event` -> `ExecEvent`, `tcp-connect` -> `TcpConnect`, `MY_EVENT` -> `MyEvent`; capitals inside a word
 * stay (`FooBar`). The result is an identifier and no reserved word, since those are all lower case.
 */
export function pascalCase(name: string): string {
  const words = name.split(BETWEEN_WORDS).filter((word) => word !== "");
  const shouting = words.every((word) => word === word.toUpperCase());
  const joined = words.map((word) => capitalise(shouting ? word.toLowerCase() : word)).join("");
  if (joined === "") return "Unnamed";
  return /^[0-9]/.test(joined) ? `_${joined}` : joined;
}

function capitalise(word: string): string {
  const first = word.charAt(0).toUpperCase();
  // Unicode goes on to give old letters capitals, such as U+A7DC to U+019B.
  return BETWEEN_WORDS.test(first) ? word : first + word.slice(1);
}

/** `ExecEvent` -> `execEvent`: names of module-level values that go with a type. */
export function camelCase(pascal: string): string {
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}

/**
 * Globals that generated code refers to, or whose name on something else would mislead a reader of code that
 * imports it. A C type called `map` becomes `Map2`.
 */
export const STANDARD_NAMES: readonly string[] = [
  "Array",
  "ArrayBuffer",
  "ArrayLike",
  "BigInt",
  "BigInt64Array",
  "BigUint64Array",
  "Boolean",
  "DataView",
  "Date",
  "Error",
  "Float32Array",
  "Float64Array",
  "Function",
  "Infinity",
  "Int16Array",
  "Int32Array",
  "Int8Array",
  "Iterator",
  "JSON",
  "Map",
  "Math",
  "NaN",
  "Number",
  "Object",
  "Partial",
  "Pick",
  "Promise",
  "Proxy",
  "Readonly",
  "Record",
  "Reflect",
  "RegExp",
  "Set",
  "String",
  "Symbol",
  "Uint16Array",
  "Uint32Array",
  "Uint8Array",
  "WeakMap",
  "WeakRef",
  "WeakSet",
];

/** Reserved words that a lower-case name of a module-level value could hit. */
const RESERVED_WORDS: readonly string[] = [
  "arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete",
  "do", "else", "enum", "eval", "export", "extends", "false", "finally", "for", "function", "if", "implements",
  "import", "in", "instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public",
  "return", "static", "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "using", "var",
  "void", "while", "with", "yield",
]; // prettier-ignore

/**
 * TypeScript's own types, which no interface can be called like (checkTypeNameIsReserved in its checker, TS2427), and
 * its operators, which are no types where one is used.
 */
const TYPE_WORDS: readonly string[] = [
  "any", "bigint", "boolean", "infer", "keyof", "never", "number", "object", "readonly", "string", "symbol",
  "undefined", "unique", "unknown", "void",
]; // prettier-ignore

/** The names of one module. */
export class NameTable {
  readonly #taken: Set<string>;
  readonly #searched = new Map<string, number>();

  constructor(taken: Iterable<string>) {
    this.#taken = new Set([...STANDARD_NAMES, ...RESERVED_WORDS, ...TYPE_WORDS, ...taken]);
  }

  /** Whether `name` is free. */
  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** Takes `wanted`, or else the first free one of `wanted2`, `wanted3`... */
  claim(wanted: string): string {
    return claimName(this.#taken, wanted, this.#searched);
  }
}

/**
 * Adds `wanted` to the names `taken`, or else the first free one of `wanted2`, `wanted3`...
 *
 * @param searched - where the search for each name ended: thousands of one name must not take quadratic time
 */
export function claimName(
  taken: Set<string>,
  wanted: string,
  searched: Map<string, number> = new Map(),
): string {
  let name = wanted;
  let n = searched.get(wanted) ?? 2;
  for (; taken.has(name); n++) name = `${wanted}${n}`;
  searched.set(wanted, n);
  taken.add(name);
  return name;
}

/** Whether `name` cannot name a variable. */
export function isReservedWord(name: string): boolean {
  return RESERVED_WORDS.includes(name);
}

/** Whether `name` can name a variable, but no interface. */
export function isTypeWord(name: string): boolean {
  return TYPE_WORDS.includes(name);
}
