/** How a skeleton gets at its object's bytes. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { RuntimeImports } from "./runtime-symbols.ts";
import { quote } from "./text.ts";

/** Base64 a line; short enough to look at, long enough to keep the lines few. */
const LINE = 100;

/** The bytes in the module itself: one file to ship, and a bundler can take it along. */
export function embeddedObject(imports: RuntimeImports, bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  const lines = base64.match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  return `${imports.value("embedded")}(\`\n${lines.join("\n")}\n\`)`;
}

/**
 * The file, found relative to the module: a relative URL, in which `#`, `?` and `%` of a path would mean something. With
 * the digest of its bytes, since another object would be read wrongly, and a damaged one can crash libbpf.
 */
export function objectBeside(imports: RuntimeImports, path: string, bytes: Uint8Array): string {
  const url = path.split("/").map(encodeURIComponent).join("/");
  const digest = createHash("sha256").update(bytes).digest("hex");
  return `${imports.value("objectFile")}(${quote(url)}, import.meta.url, ${quote(digest)})`;
}
