/** Text from objects in messages: names are data, and whoever compiled the object chose them. */

/**
 * Characters that end a line for JavaScript, cannot be seen, or turn the direction of text around ("Trojan
 * Source", CVE-2021-42574): controls, format characters (bidi marks among them), private and unassigned ones,
 * line and paragraph separators, unusual spaces. And U+2E2F: a letter, so that prettier takes it for part of an identifier
 * and its quotes away, but one of no identifier (UAX #31, Pattern_Syntax).
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\u2e2f]|(?! )\p{Zs}/gu;

function escapeUnit(text: string): string {
  let escaped = "";
  for (let i = 0; i < text.length; i++) escaped += `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`;
  return escaped;
}

/** Makes every character that a reader could miss visible as `\uXXXX`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escapeUnit);
}

/** An argument as a shell takes it. */
export function shellArgument(text: string): string {
  return /^[\w=.,:/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
