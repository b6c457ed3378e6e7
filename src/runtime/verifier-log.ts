/** Finds the verifier's logs in what libbpf prints while it loads an object (`bpf_object_load_prog`). */

const BEGIN = "-- BEGIN PROG LOAD LOG --\n";
const END = "-- END PROG LOAD LOG --";

/** The verifier's log of each program that has one. The last one counts: libbpf may try again with a larger buffer. */
export function verifierLogs(log: string): Map<string, string> {
  const logs = new Map<string, string>();
  for (let from = log.indexOf(BEGIN); from !== -1; from = log.indexOf(BEGIN, from)) {
    const name = /prog '([^'\n]*)': $/.exec(log.slice(Math.max(0, from - 256), from))?.[1];
    from += BEGIN.length;
    const end = log.indexOf(END, from);
    if (name !== undefined) logs.set(name, log.slice(from, end === -1 ? undefined : end));
  }
  return logs;
}

/** The program that made the load fail; undefined when it failed for another reason. */
export function rejectedProgram(log: string): string | undefined {
  return /prog '([^'\n]*)': (?:BPF program load failed|failed to load)/.exec(log)?.[1];
}

/** Lines at the end of every log: how much work it was. */
const STATISTICS =
  /^(processed \d+ insns|verification time|stack depth|max_states_per_insn|mark_read|insns processed)/;
const SOURCE_LINE = /^; /;
const SHOWN_LINES = 8;

/** The lines that say why: from the last line of C source on, or the last ones. */
export function decisiveLines(log: string): string[] {
  const lines = log.split("\n").filter((line) => line.trim() !== "" && !STATISTICS.test(line));
  // What libbpf could not relocate is an instruction that the verifier refuses, and says nothing more about.
  const relocation = lines.findIndex((line) => line.includes("failed to resolve CO-RE relocation"));
  if (relocation !== -1) {
    const source = lines.slice(0, relocation).findLast(isSource);
    return [...(source === undefined ? [] : [source]), ...lines.slice(relocation, relocation + 1)];
  }
  const source = lines.findLastIndex(isSource);
  const decisive = source === -1 ? lines : lines.slice(source);
  return decisive.length <= SHOWN_LINES
    ? decisive
    : [...decisive.slice(0, 1), "…", ...decisive.slice(2 - SHOWN_LINES)];
}

/** With line information the verifier shows the C of what it goes through; newer kernels add ` @ file.c:17`. */
function isSource(line: string): boolean {
  return SOURCE_LINE.test(line);
}
