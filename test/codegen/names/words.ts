/** Words that mean nothing to C and something to TypeScript, JavaScript, or a skeleton. */

const KEYWORDS = [
  "abstract", "any", "arguments", "as", "async", "await", "bigint", "boolean", "break", "case", "catch", "class",
  "const", "continue", "debugger", "declare", "default", "delete", "do", "else", "enum", "eval", "export", "extends",
  "false", "finally", "for", "from", "function", "get", "global", "if", "implements", "import", "in", "infer",
  "instanceof", "interface", "is", "keyof", "let", "module", "namespace", "never", "new", "null", "number", "object",
  "of", "out", "override", "package", "private", "protected", "public", "readonly", "require", "return", "satisfies",
  "set", "static", "string", "super", "switch", "symbol", "this", "throw", "true", "try", "type", "typeof",
  "undefined", "unique", "unknown", "using", "var", "void", "while", "with", "yield",
]; // prettier-ignore

/** Global types of TypeScript's library that are no values. */
const GLOBAL_TYPES = [
  "ArrayLike", "Awaited", "Disposable", "Exclude", "Extract", "Iterable", "IteratorResult", "NonNullable", "Omit",
  "Parameters", "Partial", "Pick", "PromiseLike", "PropertyKey", "Readonly", "Record", "Required", "ReturnType",
]; // prettier-ignore

/** What objects, promises, classes and errors have or are asked for. */
const INHERITED = [
  ...Object.getOwnPropertyNames(Object.prototype),
  ...Object.getOwnPropertyNames(Function.prototype),
  "catch", "finally", "then", "toJSON", "prototype", "inspect", "stack", "message", "iterator", "dispose",
]; // prettier-ignore

/** Members of skeletons, codecs, views and generated code itself. */
const OWN = [
  "align", "attach", "bss", "close", "closed", "config", "cursor", "data", "decode", "encode", "fields", "kconfig",
  "kernelBtf", "links", "load", "logLevel", "m", "maps", "memory", "o", "open", "pinRootPath", "programs", "read",
  "rodata", "size", "skeleton", "struct", "v", "value", "view", "write", "x",
]; // prettier-ignore

/** C has letters beyond ASCII and clang takes `$`; the linker's tools take anything. */
const UNUSUAL = ["$", "$jit", "a$b", "naïve", "größe", "名前", "_", "__", "_0", "a.b", "a-b", "9lives"];

/** All of them, each once. */
export const WORDS: readonly string[] = [
  ...new Set([
    ...KEYWORDS,
    ...Object.getOwnPropertyNames(globalThis),
    ...GLOBAL_TYPES,
    ...INHERITED,
    ...OWN,
    ...UNUSUAL,
  ]),
].sort();
