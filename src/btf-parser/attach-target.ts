/** The part of a section name that says where to attach, read as the `attach_*` functions of libbpf.c do. */
import type { AttachTarget } from "./model.ts";

/** Which function of libbpf.c reads the target. */
export type TargetFormat =
  "tracepoint" | "raw_tracepoint" | "function" | "pattern" | "syscall" | "uprobe" | "usdt" | "btf";

/**
 * Reads the part after `definition` and its `/`. What is not of the format comes back as `text`.
 *
 * @param definition tells return probes, which can have no offset
 */
export function parseTarget(format: TargetFormat, rest: string, definition: string): AttachTarget {
  return (rest === "" ? undefined : PARSERS[format](rest, definition)) ?? { type: "text", text: rest };
}

type Parser = (rest: string, definition: string) => AttachTarget | undefined;

const PARSERS: Readonly<Record<TargetFormat, Parser>> = {
  /** attach_tp: `category/name` */
  tracepoint: (rest) => {
    const slash = rest.indexOf("/");
    if (slash <= 0 || slash === rest.length - 1) return undefined;
    return { type: "tracepoint", category: rest.slice(0, slash), name: rest.slice(slash + 1) };
  },
  raw_tracepoint: (rest) => ({ type: "raw_tracepoint", name: rest }),
  /** attach_kprobe: `function+offset` */
  function: (rest, definition) => {
    const match = /^([A-Za-z0-9_.]+)(?:\+(.*))?$/su.exec(rest);
    const offset = match?.[2] === undefined ? 0 : parseOffset(match[2]);
    if (match?.[1] === undefined || offset === undefined) return undefined;
    if (definition.startsWith("kret") && offset !== 0) return undefined;
    return { type: "function", name: match[1], offset };
  },
  /** attach_kprobe_multi: a name with `*` and `?` */
  pattern: (rest) => (/^[A-Za-z0-9_.*?]+$/u.test(rest) ? { type: "pattern", pattern: rest } : undefined),
  syscall: (rest) => ({ type: "syscall", name: rest }),
  /** attach_uprobe: `binary:function+offset`; attach_uprobe_multi: `binary:pattern` */
  uprobe: (rest, definition) => {
    const colon = rest.indexOf(":");
    if (colon <= 0 || colon === rest.length - 1) return undefined;
    const binary = rest.slice(0, colon);
    const target = rest.slice(colon + 1);
    const plus = target.lastIndexOf("+");
    const offset = plus > 0 ? parseOffset(target.slice(plus + 1)) : undefined;
    // What follows the last `+` may belong to a C++ name instead.
    if (offset === undefined) return { type: "uprobe", binary, function: target, offset: 0 };
    if (definition.startsWith("uret") && offset !== 0) return undefined;
    return { type: "uprobe", binary, function: target.slice(0, plus), offset };
  },
  /** attach_usdt: `binary:provider:name` */
  usdt: (rest) => {
    const [binary, provider, name, more] = rest.split(":");
    if (!binary || !provider || !name || more !== undefined) return undefined;
    return { type: "usdt", binary, provider, name };
  },
  btf: (rest) => ({ type: "btf", name: rest }),
};

/** A C integer as `%li` of scanf reads it: decimal, `0x` hexadecimal or `0` octal. */
function parseOffset(text: string): number | undefined {
  const match = /^(?:0[xX]([0-9a-fA-F]+)|0([0-7]+)|([0-9]+))$/u.exec(text);
  if (match === null) return undefined;
  const [, hex, octal, decimal] = match;
  const value =
    hex !== undefined
      ? Number.parseInt(hex, 16)
      : octal !== undefined
        ? Number.parseInt(octal, 8)
        : Number.parseInt(decimal ?? "", 10);
  return Number.isSafeInteger(value) ? value : undefined;
}
