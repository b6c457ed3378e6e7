/**
 * Digests in the header of a skeleton, from which a later run can tell that it would write the same text: one of all
 * that the text depends on, one of the text itself, since somebody may have edited it.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { BpfObject } from "tinybpf-btf";
import { skeletonName } from "./output-path.ts";
import { areImportedAsRead, prettierFiles } from "./prettier-files.ts";
import { type ModulesOptions, effectiveOptions } from "./options.ts";
import { stripDebug } from "./strip-debug.ts";
import { VERSION } from "./version.ts";

/** Hexadecimal digits; these digests guard against accidents, not against somebody who wants to deceive himself. */
const DIGITS = 16;
const UNKNOWN = "0".repeat(DIGITS);
const LINE = /^\/\/ Digests: inputs ([\da-f]{16}), text ([\da-f]{16})$/m;

/**
 * The digest of what a skeleton is made from: the object as it is embedded, the options, this package's version and
 * the formatter's configuration. No absolute path goes into it: another checkout gives the same one.
 */
export function digestInputs(object: BpfObject, options: ModulesOptions): string {
  const { outputPath, ...others } = effectiveOptions(options);
  const output = basename(outputPath ?? skeletonName(options.source, options.target ?? "ts"));
  const files = outputPath === undefined ? [] : prettierFiles(outputPath);
  // DWARF names folders of the machine that compiled, and is not embedded.
  const bytes = others.objectPath === undefined ? stripDebug(object.bytes, object.elf) : object.bytes;
  return createHash("sha256")
    .update(JSON.stringify([VERSION, output, others, files]))
    .update(bytes)
    .digest("hex")
    .slice(0, DIGITS);
}

/**
 * The same for a skeleton that is generated now: one that no later run takes for its own when the formatter has the
 * configuration of an earlier time in its memory.
 */
export function digestGenerated(object: BpfObject, options: ModulesOptions): string {
  const { outputPath } = options;
  if (outputPath !== undefined && !areImportedAsRead(outputPath)) return UNKNOWN;
  return digestInputs(object, options);
}

/** The line of the header; {@link sealText} completes it. */
export function digestLine(inputs: string): string {
  return `// Digests: inputs ${inputs}, text ${UNKNOWN}`;
}

/** Puts the digest of the text into its header, when all else is written. */
export function sealText(text: string): string {
  return text.replace(LINE, (_, inputs: string) => withDigests(inputs, digestText(text)));
}

/** Whether a skeleton was made from these inputs and is as it was written. */
export function isFresh(text: string, inputs: string): boolean {
  const [line, ofInputs, ofText] = LINE.exec(text) ?? [];
  if (line === undefined || ofInputs !== inputs) return false;
  return digestText(text.replace(line, digestLine(inputs))) === ofText;
}

function withDigests(inputs: string, text: string): string {
  return digestLine(inputs).slice(0, -DIGITS) + text;
}

/** Of a text whose header does not have it yet. */
function digestText(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, DIGITS);
}
