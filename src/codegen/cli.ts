/** The command `tinybpf-gen`. */
import { parseArguments } from "./cli-arguments.ts";
import { type Terminal, processTerminal } from "./cli-terminal.ts";
import { OptionsError } from "./options.ts";
import { visible } from "./text.ts";
import { OutputError, removePending } from "./write.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** 128 and the number of the signal, as shells report a command that was stopped by one. */
const EXIT_BY_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs the command.
 *
 * @param argv - the arguments, without node and the script
 * @returns the exit code: 0 done, 1 an object failed or `--check` found a difference, 2 wrong usage
 */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const restore = cleanUpOnSignals();
  try {
    const line = await parseArguments(argv, terminal.columns);
    if (line.kind === "text") {
      terminal.out(`${line.text}\n`);
      return 0;
    }
    // --help needs none of it.
    if (line.arguments.watch) {
      const { watch } = await import("./cli-watch.ts");
      return await watch(line.arguments, terminal);
    }
    const { run } = await import("./cli-run.ts");
    return (await run(line.arguments, terminal)) ? 0 : EXIT_FAILED;
  } catch (error) {
    if (error instanceof OutputError) {
      terminal.err(`${visible(error.path)}: ${visible(error.message)}\n`);
      return EXIT_FAILED;
    }
    if (!(error instanceof OptionsError)) throw error;
    terminal.err(`tinybpf-gen: ${error.message}\nTry tinybpf-gen --help.\n`);
    return EXIT_USAGE;
  } finally {
    restore();
  }
}

/** A handler also keeps a signal from cutting a write in two: it runs when that is done. */
function cleanUpOnSignals(): () => void {
  const handlers = Object.entries(EXIT_BY_SIGNAL).map(([signal, code]) => {
    const handler = (): void => {
      removePending();
      process.exit(code);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  };
}
