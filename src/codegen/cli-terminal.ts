/** Where the command talks: results on one stream, everything else on the other. */
import type { DiffLine } from "./check.ts";

/** The streams of a command, replaceable in tests. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether somebody watches the error stream. */
  readonly interactive: boolean;
  /** Whether the output stream takes colours. */
  readonly colours: boolean;
  readonly columns: number;
}

/** The process's own streams; what goes wrong with them is dealt with from now on. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // For good: a write fails when the command may long be done.
  stdout.on("error", (error) => writingFailed("standard output", error));
  stderr.on("error", (error) => writingFailed("standard error", error));
  const noColour = env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "";
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    interactive: stderr.isTTY,
    colours: stdout.isTTY && !noColour && env["TERM"] !== "dumb",
    columns: stdout.isTTY ? stdout.columns : 100,
  };
}

/** Without a reader (`tinybpf-gen --stdout | head`) nobody misses the text; any other failure is one. */
function writingFailed(stream: string, error: Error): void {
  if ("code" in error && error.code === "EPIPE") return;
  process.stderr.write(`tinybpf-gen: ${stream} cannot be written: ${error.message}\n`);
  process.exit(1);
}

const COLOURS = { "-": "\u001b[31m", "+": "\u001b[32m", "@": "\u001b[36m", " ": "" } as const;
const PLAIN = "\u001b[0m";

/** Lines of a diff as text. */
export function formatDiff(lines: readonly DiffLine[], colours: boolean): string {
  return lines
    .map(({ mark, text }) => {
      const line = mark === "@" ? `@@ ${text} @@` : `${mark}${text}`;
      return colours && mark !== " " ? `${COLOURS[mark]}${line}${PLAIN}\n` : `${line}\n`;
    })
    .join("");
}

/** A terminal where each message begins with the time, if somebody is there to see it. */
export function timed(terminal: Terminal): Terminal {
  if (!terminal.interactive) return terminal;
  const { interactive, colours, columns } = terminal;
  return {
    out: (text) => terminal.out(`[${time()}] ${text}`),
    err: (text) => terminal.err(`[${time()}] ${text}`),
    interactive,
    colours,
    columns,
  };
}

function time(): string {
  return new Date().toTimeString().slice(0, 8);
}

/** A line on a terminal that says where a long run is, and takes itself away. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #total: number;
  #shown = false;

  constructor(terminal: Terminal, total: number) {
    this.#terminal = terminal;
    this.#total = total;
  }

  /** Shows that object number `index` is next. */
  show(index: number, name: string): void {
    if (!this.#terminal.interactive || this.#total < 2) return;
    this.clear();
    this.#terminal.err(`[${index + 1}/${this.#total}] ${name}`.slice(0, this.#terminal.columns - 1));
    this.#shown = true;
  }

  /** Empties the line, so that other text can be written. */
  clear(): void {
    if (this.#shown) this.#terminal.err("\r\u001b[2K");
    this.#shown = false;
  }
}
