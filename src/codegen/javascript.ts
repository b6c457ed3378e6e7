/** A skeleton in JavaScript and its declarations, from the one in TypeScript. */
import { transpile } from "./source-file.ts";

/** A module without types, and the types of what it exports. */
export interface JavaScript {
  readonly code: string;
  readonly declarations: string;
}

/** Takes TypeScript apart. */
export function toJavaScript(text: string): JavaScript {
  const { code, declarations } = transpile(text);
  return { code: spaced(code), declarations: spaced(declarations) };
}

/**
 * The compiler drops blank lines; put them before what is documented and before each statement of the module. At the
 * start of a line nothing else stands: what a template literal could put there is not in the text yet.
 */
function spaced(text: string): string {
  return text
    .replaceAll(/^ *\/\*\*/gm, "\n$&")
    .replaceAll(/(?<!\*\/\n)^(?:export )?(?:declare )?(?:const|class|interface|type|function)\b/gm, "\n$&")
    .replaceAll(/^(?<indent> {4})\}\n(?=\k<indent>[\w#])/gm, "$&\n");
}
