/** What of the kernel's programs can be attached to, by name, for errors that say which one was probably meant. */
import { readFileSync } from "node:fs";
import { nearNames, orRather } from "./near-names.ts";

/** What kinds of names there are, and what the kernel's functions for them begin with. */
const KINDS = {
  function: "",
  // include/linux/tracepoint.h, DECLARE_TRACE; since Linux 5.10
  tracepoint: "__traceiter_",
  // include/linux/bpf_lsm.h
  "security hook": "bpf_lsm_",
} as const;

type Kind = keyof typeof KINDS;

/** What a program of a section is attached to by name; undefined for iterators, which have no list. */
function kindOf(section: string): Kind | undefined {
  if (/^\??(?:tp_btf|raw_tp|raw_tracepoint)/.test(section)) return "tracepoint";
  if (/^\??lsm/.test(section)) return "security hook";
  return /^\??iter/.test(section) ? undefined : "function";
}

/**
 * What to say when a function of the kernel's was not found.
 *
 * @param name - the function, without an offset
 * @returns a sentence, or undefined when the kernel has it, or does not tell
 */
export function missingFunction(name: string): string | undefined {
  return missing("function", name);
}

/** The same for what a program of a section is attached to. */
export function missingTarget(section: string, name: string): string | undefined {
  const kind = kindOf(section);
  return kind === undefined ? undefined : missing(kind, name);
}

function missing(kind: Kind, name: string): string | undefined {
  const names = namesOf(kind);
  if (names.length === 0 || names.includes(name)) return undefined;
  return `This kernel has no ${kind} ${name}${orRather(nearNames(name, names))}`;
}

function namesOf(kind: Kind): string[] {
  const prefix = KINDS[kind];
  return kernelFunctions().flatMap((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : []));
}

/** The names of functions in /proc/kallsyms, of modules, too; none when it cannot be read. */
function kernelFunctions(): string[] {
  let symbols: string;
  try {
    symbols = readFileSync("/proc/kallsyms", "latin1");
  } catch {
    return [];
  }
  // Not what compilers put in front of functions.
  return [...symbols.matchAll(/^\S+ [tTwW] (?!__pfx_|__cfi_)(\S+)/gm)].flatMap(([, name]) => name ?? []);
}
