/**
 * Text from the object as TypeScript source. Names, sections and licenses are data whoever compiled the object
 * chose: nothing of them reaches the generated module except through this file and doc.ts.
 */

import { visible } from "tinybpf-btf";

export { visible };

/** The same for text of several lines, whose breaks stay. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

/** A string literal in double quotes with the value `text`. */
export function quote(text: string): string {
  // JSON's escapes are JavaScript's; what JSON leaves alone and a reader cannot see is escaped after it.
  return visible(JSON.stringify(text));
}

/** ASCII only: what is an identifier beyond it depends on the Unicode version of whoever reads the module. */
const SIMPLE_NAME = /^[A-Za-z_$][\w$]*$/;

/** Whether `name` may stand where a property name stands without quotes. */
export function isSimpleName(name: string): boolean {
  return SIMPLE_NAME.test(name);
}

/** A property's name in a type, an interface or a class: bare or quoted. */
export function typeKey(name: string): string {
  return isSimpleName(name) ? name : quote(name);
}

/** A property's name in an object literal, where `__proto__:` would set the prototype and be no property. */
export function literalKey(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : typeKey(name);
}

/** A getter's or setter's name: `get constructor()` is a syntax error, even quoted. */
export function accessorKey(name: string): string {
  return name === "constructor" ? '["constructor"]' : typeKey(name);
}

/** Property `name` of the expression `object`. */
export function member(object: string, name: string): string {
  return isSimpleName(name) ? `${object}.${name}` : `${object}[${quote(name)}]`;
}

/** Text inside a line comment. */
export function lineComment(text: string): string {
  return visible(text);
}
