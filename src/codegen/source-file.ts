/** Statements of a module as text. The only file that knows ts-morph. */
import { createRequire } from "node:module";
import type * as TsMorph from "ts-morph";

export type {
  ClassDeclarationStructure,
  GetAccessorDeclarationStructure,
  ImportDeclarationStructure,
  InterfaceDeclarationStructure,
  PropertySignatureStructure,
  SetAccessorDeclarationStructure,
  TypeAliasDeclarationStructure,
  VariableStatementStructure,
} from "ts-morph";

/**
 * ts-morph is CommonJS. Importing it makes Node read its 13 MB, TypeScript's compiler among them, twice: once to find
 * the names that it exports. That takes a third of the time; `require` does without.
 */
const morph = createRequire(import.meta.url)("ts-morph") as typeof TsMorph;

export const StructureKind: typeof TsMorph.StructureKind = morph.StructureKind;
export const VariableDeclarationKind: typeof TsMorph.VariableDeclarationKind = morph.VariableDeclarationKind;

/** One statement of a module. */
export type Statement = TsMorph.StatementStructures;

let project: TsMorph.Project | undefined;

/** Ends the making of a source file when its text is there. */
const PRINTED = new Error("the module is printed");

/**
 * Prints a module. All statements go in at once: adding nodes to a file one by one is several times slower. Behind
 * them stands one that takes the text and leaves, because ts-morph would now parse what it printed, and nobody needs
 * the nodes.
 */
export function printModule(statements: readonly Statement[]): string {
  project ??= new morph.Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    manipulationSettings: { quoteKind: morph.QuoteKind.Double },
  });
  let text = "";
  const take: TsMorph.WriterFunction = (writer) => {
    text = writer.toString();
    throw PRINTED;
  };
  try {
    project.createSourceFile("skeleton.ts", { statements: [...statements, take] });
  } catch (error) {
    if (error !== PRINTED) throw error;
  }
  return text;
}

/** `const name: type = initializer;` */
export function constStatement(parts: {
  readonly name: string;
  readonly initializer: string;
  readonly type?: string;
  readonly docs?: { description: string }[];
  readonly isExported?: boolean;
}): Statement {
  const { name, initializer, type, docs = [], isExported = false } = parts;
  return {
    kind: StructureKind.VariableStatement,
    isExported,
    docs,
    declarationKind: VariableDeclarationKind.Const,
    declarations: [type === undefined ? { name, initializer } : { name, type, initializer }],
  };
}

/** What TypeScript's compiler makes of a module: for Node 20 and later, with its comments. */
export function transpile(text: string): { readonly code: string; readonly declarations: string } {
  const { ModuleKind, ScriptTarget, transpileDeclaration, transpileModule } = morph.ts;
  const fileName = "skeleton.ts";
  const compilerOptions = {
    target: ScriptTarget.ES2022,
    module: ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    isolatedDeclarations: true,
  };
  return {
    code: transpileModule(text, { fileName, compilerOptions }).outputText,
    declarations: transpileDeclaration(text, { fileName, compilerOptions }).outputText,
  };
}
