/** Documentation comments. What they quote from the object cannot end them or pass for a tag. */
import { visible } from "./text.ts";

/** One line of text from the object, safe anywhere in a comment: a code span, a code block, or prose. */
export function docText(text: string): string {
  return visible(text).replaceAll("*/", "*\\/").replaceAll("`", "'");
}

/** Text from the object as a code span. */
export function docCode(text: string): string {
  return `\`${docText(text)}\``;
}

/** Lines of C as a fenced block. */
export function docBlock(lines: readonly string[], language = "c"): string {
  return ["```" + language, ...lines.map((line) => docText(line)), "```"].join("\n");
}

/** The `docs` of a ts-morph structure: one comment, on lines of its own when it has several. */
export function docs(text: string): { description: string }[] {
  return text === "" ? [] : [{ description: text.includes("\n") ? `\n${text}` : text }];
}
