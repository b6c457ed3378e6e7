/** How a skeleton gets at its object's bytes. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { RuntimeImports } from "./runtime-symbols.ts";
import { quote } from "./text.ts";

/** How a module gets at the object. */
export interface ObjectAccess {
  readonly expression: string;
  /** Completes the text of the module, once it is formatted. */
  fill(text: string): string;
}

/** Base64 a line; short enough to look at, long enough to keep the lines few. */
const LINE = 100;

/**
 * The bytes in the module itself: one file to ship, and a bundler can take it along. Until all else is formatted a line
 * stands for them that nothing in the object can contain, so that no parser has to read them.
 */
export function embeddedObject(imports: RuntimeImports, bytes: Uint8Array): ObjectAccess {
  const line = `object:${createHash("sha256").update(bytes).digest("hex")}`;
  return {
    expression: `${imports.value("embedded")}(\`\n${line}\n\`)`,
    fill: (text) =>
      text.replace(new RegExp(`^${line}(?<end>\r\n?|\n)`, "m"), (_, end: string) => base64Lines(bytes, end)),
  };
}

function base64Lines(bytes: Uint8Array, end: string): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let lines = "";
  for (let at = 0; at < base64.length; at += LINE) lines += base64.slice(at, at + LINE) + end;
  return lines;
}

/**
 * The file, found relative to the module: a relative URL, in which `#`, `?` and `%` of a path would mean something. With
 * the digest of its bytes, since another object would be read wrongly, and a damaged one can crash libbpf.
 */
export function objectBeside(imports: RuntimeImports, path: string, bytes: Uint8Array): ObjectAccess {
  const url = path.split("/").map(encodeURIComponent).join("/");
  const digest = createHash("sha256").update(bytes).digest("hex");
  const expression = `${imports.value("objectFile")}(${quote(url)}, import.meta.url, ${quote(digest)})`;
  return { expression, fill: (text) => text };
}
