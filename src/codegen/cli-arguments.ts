/** The command line: the only file that knows yargs, and the parser that yargs stands on. */
import parse from "yargs-parser";
import { type PackageOptions, type ValueKind, readPackage } from "./cli-package.ts";
import { type KnownOptions, checkWords } from "./cli-words.ts";
import {
  IMPORT_EXTENSIONS,
  NAMINGS,
  type Naming,
  OptionsError,
  TARGETS,
  type Target,
  U64_TYPES,
  type U64Type,
  parseChoice,
  parseEvents,
  parseName,
} from "./options.ts";
import { checkOutput, namesFile } from "./output-path.ts";
import { quote, visible } from "./text.ts";
import type { ImportExtension } from "./usage.ts";
import { VERSION } from "./version.ts";

/** What the command line asks for. */
export interface CliArguments {
  readonly objects: readonly string[];
  readonly output: string | undefined;
  readonly name: string | undefined;
  readonly types: readonly string[];
  readonly events: ReadonlyMap<string, string>;
  readonly embed: boolean;
  readonly importExtension: ImportExtension;
  readonly naming: Naming;
  readonly u64: U64Type;
  readonly target: Target;
  readonly stdout: boolean;
  readonly check: boolean;
  readonly watch: boolean;
  /**
   * Whether events and types are for more objects than these: they stand in package.json, and the objects on the
   * command line. Then it is no mistake if none has them.
   */
  readonly shared: { readonly events: boolean; readonly types: boolean };
}

/** A request to run, or text to print instead (`--help`, `--version`). */
export type CommandLine =
  | { readonly kind: "run"; readonly arguments: CliArguments }
  | { readonly kind: "text"; readonly text: string };

const USAGE =
  "Usage: tinybpf-gen <object.bpf.o ...> [options]\n\nWrites a typed TypeScript skeleton of each compiled BPF object.";

const EPILOGUE = `The type of the events in a ring buffer or perf event array comes from --event, else from a
declaration tag "tinybpf:event=exec_event" on the map, else from
__type(value, struct exec_event) in the map's definition; else events are raw bytes, which
map=bytes says that they are meant to be.
Several types are told apart by a field: log=start_event|stop_event:kind, with its values
where the names do not tell them: log=start_event=KIND_START|stop_event=2:kind.

Options may stand in package.json, all but --stdout, --check and --watch, with the objects:
"tinybpf": { "objects": ["bpf/*.bpf.o"], "output": "src/bpf/", "event": ["events=exec_event"] }

Exit codes: 0 done; 1 an object failed, or --check found a difference; 2 wrong usage.`;

/** Options that may be given more than once. */
const REPEATABLE: ReadonlySet<string> = new Set(["type", "event"]);

/** Options that say what a run is for, and so have no place in package.json. */
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(["stdout", "check", "watch"]);

/** The options by their long names, as `--help` lists them. */
const OPTIONS = {
  output: {
    alias: "o",
    type: "string",
    requiresArg: true,
    describe: "File (*.ts, *.js) or folder to write to  [default: beside the object]",
  },
  name: {
    type: "string",
    requiresArg: true,
    describe: "Class name; for one object only  [default: from the file name]",
  },
  type: {
    type: "string",
    requiresArg: true,
    describe: "Also declare C types of this name; * and ? match any characters (repeatable)",
  },
  event: {
    type: "string",
    requiresArg: true,
    describe: "C type of a map's events: map=struct, map=struct|struct:field or map=bytes (repeatable)",
  },
  embed: {
    type: "boolean",
    default: true,
    describe: "Put the object's bytes into the module; --no-embed refers to the file",
  },
  naming: {
    type: "string",
    requiresArg: true,
    describe: `Names of members: ${NAMINGS.join(", ")} (exitCode)  [default: c]`,
  },
  u64: {
    type: "string",
    requiresArg: true,
    describe: `What 64-bit integers are: ${U64_TYPES.join(", ")}  [default: bigint]`,
  },
  target: {
    type: "string",
    requiresArg: true,
    describe: `Language: ${TARGETS.join(", ")}; js writes .js and .d.ts  [default: ts]`,
  },
  "import-ext": {
    type: "string",
    requiresArg: true,
    describe: `Extension in the documentation's import example: ${IMPORT_EXTENSIONS.join(", ")}  [default: js]`,
  },
  stdout: { type: "boolean", default: false, describe: "Print the skeleton (of js the .js), write nothing" },
  check: {
    type: "boolean",
    default: false,
    describe: "Write nothing; exit 1 with a short diff if a file is not up to date",
  },
  watch: { type: "boolean", default: false, describe: "Go on, and generate again when an object changes" },
} as const;

const KNOWN: KnownOptions = {
  kinds: new Map([
    ...Object.entries(OPTIONS).map(
      ([name, { type }]) => [name, type === "boolean" ? "switch" : "value"] as const,
    ),
    ["help", "text"],
    ["version", "text"],
  ]),
  letters: new Map([
    ["o", "output"],
    ["h", "help"],
  ]),
};

/** The words of an option's own are read by the parser that yargs uses: yargs takes ten times as long to start. */
const PARSER: parse.Options = {
  string: namesOf("string"),
  boolean: [...namesOf("boolean"), "help", "version"],
  alias: { output: ["o"], help: ["h"] },
  // As yargs says that an option needs a value.
  narg: Object.fromEntries(namesOf("string").map((name) => [name, Number.NaN])),
  configuration: {
    "camel-case-expansion": false,
    "dot-notation": false,
    "greedy-arrays": false,
    "parse-numbers": false,
    "parse-positional-numbers": false,
    "short-option-groups": false,
  },
};

function namesOf(type: "string" | "boolean"): string[] {
  return Object.entries(OPTIONS).flatMap(([name, option]) => (option.type === type ? [name] : []));
}

/**
 * Reads the command line.
 *
 * @throws {@link OptionsError} when it makes no sense, saying what would
 */
export async function parseArguments(argv: readonly string[], columns: number): Promise<CommandLine> {
  const { argv: parsed, error: found } = parse.detailed(checkWords(argv, KNOWN), PARSER);
  // @types/yargs-parser takes it to be there always.
  const problem: Error | null = found;
  if (flag(parsed, "help")) return { kind: "text", text: await help(columns) };
  if (flag(parsed, "version")) return { kind: "text", text: VERSION };
  if (problem !== null) throw new OptionsError(problem.message);
  const options = readPackage(process.cwd(), packageKinds(), COMMAND_LINE_ONLY);
  try {
    const given = texts(parsed, "_");
    const objects = given.length > 0 ? given : ((await options?.objects()) ?? []);
    const merged: Values = { ...Object.fromEntries(options?.values ?? []), ...parsed, _: objects };
    const fromPackage = (name: string): boolean => given.length > 0 && !(name in parsed);
    const shared = { events: fromPackage("event"), types: fromPackage("type") };
    return { kind: "run", arguments: check(readOptions(merged, shared)) };
  } catch (error) {
    throw error instanceof OptionsError ? placed(error, parsed, options) : error;
  }
}

/** What the options in package.json may be. */
function packageKinds(): ReadonlyMap<string, ValueKind> {
  const names = Object.entries(OPTIONS).filter(([name]) => !COMMAND_LINE_ONLY.has(name));
  return new Map(
    names.map(([name, { type }]) => {
      if (type === "boolean") return [name, "switch"];
      return [name, REPEATABLE.has(name) ? "texts" : "text"];
    }),
  );
}

/** Says where the option stands that an error is about. */
function placed(error: OptionsError, parsed: Values, options: PackageOptions | undefined): OptionsError {
  const key = [...(options?.values.keys() ?? [])].find(
    (name) => !(name in parsed) && error.message.includes(`--${name} `),
  );
  if (options === undefined || key === undefined) return error;
  return new OptionsError(`${visible(options.path)}: "tinybpf".${quote(key)}: ${error.message}`, {
    cause: error,
  });
}

async function help(columns: number): Promise<string> {
  const { default: yargs } = await import("yargs");
  return yargs()
    .scriptName("tinybpf-gen")
    .locale("en")
    .usage(USAGE)
    .options(OPTIONS)
    .example("tinybpf-gen trace.bpf.o", "writes trace.skel.ts beside it")
    .example("tinybpf-gen build/*.bpf.o -o src/bpf", "one skeleton for each object")
    .example("tinybpf-gen trace.bpf.o --event events=exec_event", "events of a type")
    .example("tinybpf-gen trace.bpf.o --check", "in CI: is the skeleton up to date?")
    .epilogue(EPILOGUE)
    .help()
    .alias("help", "h")
    .version(VERSION)
    .wrap(Math.min(columns, 110))
    .getHelp();
}

/** Options as they were given, by their long names. */
type Values = Readonly<Record<string, unknown>>;

function readOptions(parsed: Values, shared: CliArguments["shared"]): CliArguments {
  const name = single(parsed, "name");
  return {
    objects: texts(parsed, "_"),
    output: single(parsed, "output"),
    name: name === undefined ? undefined : parseName(name),
    types: texts(parsed, "type"),
    events: parseEvents(texts(parsed, "event")),
    embed: flag(parsed, "embed", true),
    importExtension: choice(parsed, "import-ext", IMPORT_EXTENSIONS),
    naming: choice(parsed, "naming", NAMINGS),
    u64: choice(parsed, "u64", U64_TYPES),
    target: choice(parsed, "target", TARGETS),
    stdout: flag(parsed, "stdout"),
    check: flag(parsed, "check"),
    watch: flag(parsed, "watch"),
    shared,
  };
}

function choice<T extends string>(parsed: Values, name: string, choices: readonly [T, ...T[]]): T {
  const text = single(parsed, name);
  return text === undefined ? choices[0] : parseChoice(name, text, choices);
}

/** Combinations that cannot be. */
function check(args: CliArguments): CliArguments {
  const several = args.objects.length > 1;
  if (args.objects.length === 0)
    throw new OptionsError(
      'no object given: tinybpf-gen <object.bpf.o ...>, or "tinybpf": { "objects": [...] } in package.json',
    );
  if (args.name !== undefined && several)
    throw new OptionsError("--name is for one object; several are given");
  if (args.stdout && several) throw new OptionsError("--stdout is for one object; several are given");
  if (args.stdout && args.check) throw new OptionsError("--stdout and --check exclude each other");
  if (args.watch && (args.stdout || args.check))
    throw new OptionsError(`--watch and --${args.stdout ? "stdout" : "check"} exclude each other`);
  if (args.stdout && args.output !== undefined)
    throw new OptionsError("--stdout and --output exclude each other");
  if (args.output === "") throw new OptionsError("--output is empty");
  if (args.output !== undefined) checkOutput(args.output, args.target);
  if (args.target === "js" && args.importExtension === "ts")
    throw new OptionsError("--import-ext ts is for --target ts: there is no .ts file to import");
  if (args.output !== undefined && several && namesFile(args.output))
    throw new OptionsError(`--output ${args.output} is a file, but several objects are given; name a folder`);
  return args;
}

function texts(parsed: Values, name: string): string[] {
  const value = parsed[name];
  const values: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return values.map((each) => {
    if (typeof each !== "string") throw new OptionsError(`--${name} takes a text`);
    return each;
  });
}

function single(parsed: Values, name: string): string | undefined {
  const values = texts(parsed, name);
  if (values.length > 1) throw new OptionsError(`--${name} is given ${values.length} times`);
  return values[0];
}

/** The last one counts, so that a script's default can be overruled. */
function flag(parsed: Values, name: string, usual = false): boolean {
  const value = parsed[name];
  return (Array.isArray(value) ? value.at(-1) : (value ?? usual)) === true;
}
