/** The command line: the only file that knows yargs. */
import yargs from "yargs";
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
import { namesFile } from "./output-path.ts";
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
}

/** A request to run, or text to print instead (`--help`, `--version`). */
export type CommandLine =
  | { readonly kind: "run"; readonly arguments: CliArguments }
  | { readonly kind: "text"; readonly text: string };

const USAGE =
  "Usage: tinybpf-gen <object.bpf.o ...> [options]\n\nWrites a typed TypeScript skeleton of each compiled BPF object.";

const EPILOGUE = `The type of the events in a ring buffer or perf event array comes from --event, else from a
declaration tag "tinybpf:event=exec_event" on the map, else from
__type(value, struct exec_event) in the map's definition; else events are raw bytes.
Several types are told apart by a field: log=start_event|stop_event:kind, with its values
where the names do not tell them: log=start_event=KIND_START|stop_event=2:kind.

Exit codes: 0 done; 1 an object failed, or --check found a difference; 2 wrong usage.`;

/** The options by their long names, as `--help` lists them. */
const OPTIONS = {
  output: {
    alias: "o",
    type: "string",
    requiresArg: true,
    describe: "File (*.ts) or folder to write to  [default: beside the object]",
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
    describe: "C type of a map's events: map=struct or map=struct|struct:field (repeatable)",
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
  stdout: { type: "boolean", default: false, describe: "Print the skeleton, write nothing" },
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

/**
 * Reads the command line.
 *
 * @throws {@link OptionsError} when it makes no sense, saying what would
 */
export async function parseArguments(argv: readonly string[], columns: number): Promise<CommandLine> {
  let text = "";
  const parser = yargs()
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
    .showHelpOnFail(false)
    .exitProcess(false)
    .fail((message: string | null, error: unknown) => {
      throw error instanceof OptionsError ? error : new OptionsError(message ?? String(error));
    })
    .parserConfiguration({
      "camel-case-expansion": false,
      "dot-notation": false,
      "greedy-arrays": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "short-option-groups": false,
    });
  const parsed: Readonly<Record<string, unknown>> = await parser.parseAsync(
    checkWords(argv, KNOWN),
    {},
    (_error: unknown, _argv: unknown, output: string) => {
      text = output;
    },
  );
  if (text !== "") return { kind: "text", text };
  return { kind: "run", arguments: check(readOptions(parsed)) };
}

function readOptions(parsed: Readonly<Record<string, unknown>>): CliArguments {
  const name = single(parsed, "name");
  return {
    objects: texts(parsed, "_"),
    output: single(parsed, "output"),
    name: name === undefined ? undefined : parseName(name),
    types: texts(parsed, "type"),
    events: parseEvents(texts(parsed, "event")),
    embed: flag(parsed, "embed"),
    importExtension: choice(parsed, "import-ext", IMPORT_EXTENSIONS),
    naming: choice(parsed, "naming", NAMINGS),
    u64: choice(parsed, "u64", U64_TYPES),
    target: choice(parsed, "target", TARGETS),
    stdout: flag(parsed, "stdout"),
    check: flag(parsed, "check"),
    watch: flag(parsed, "watch"),
  };
}

function choice<T extends string>(
  parsed: Readonly<Record<string, unknown>>,
  name: string,
  choices: readonly [T, ...T[]],
): T {
  const text = single(parsed, name);
  return text === undefined ? choices[0] : parseChoice(name, text, choices);
}

/** Combinations that cannot be. */
function check(args: CliArguments): CliArguments {
  const several = args.objects.length > 1;
  if (args.objects.length === 0) throw new OptionsError("no object given: tinybpf-gen <object.bpf.o ...>");
  if (args.name !== undefined && several)
    throw new OptionsError("--name is for one object; several are given");
  if (args.stdout && several) throw new OptionsError("--stdout is for one object; several are given");
  if (args.stdout && args.check) throw new OptionsError("--stdout and --check exclude each other");
  if (args.watch && (args.stdout || args.check))
    throw new OptionsError(`--watch and --${args.stdout ? "stdout" : "check"} exclude each other`);
  if (args.stdout && args.output !== undefined)
    throw new OptionsError("--stdout and --output exclude each other");
  if (args.output === "") throw new OptionsError("--output is empty");
  if (args.output !== undefined && several && namesFile(args.output))
    throw new OptionsError(`--output ${args.output} is a file, but several objects are given; name a folder`);
  return args;
}

function texts(parsed: Readonly<Record<string, unknown>>, name: string): string[] {
  const value = parsed[name];
  const values: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return values.map((each) => {
    if (typeof each !== "string") throw new OptionsError(`--${name} takes a text`);
    return each;
  });
}

function single(parsed: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const values = texts(parsed, name);
  if (values.length > 1) throw new OptionsError(`--${name} is given ${values.length} times`);
  return values[0];
}

/** The last one counts, so that a script's default can be overruled. */
function flag(parsed: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = parsed[name];
  return (Array.isArray(value) ? value.at(-1) : value) === true;
}
