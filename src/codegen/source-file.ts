/** Statements of a module as text. The only file that knows ts-morph. */
import {
  Project,
  QuoteKind,
  type StatementStructures,
  StructureKind,
  VariableDeclarationKind,
} from "ts-morph";

export { StructureKind, VariableDeclarationKind };
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

/** One statement of a module. */
export type Statement = StatementStructures;

let project: Project | undefined;

/** Prints a module. All statements go in at once: adding nodes to a file one by one is several times slower. */
export function printModule(statements: readonly Statement[]): string {
  project ??= new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    manipulationSettings: { quoteKind: QuoteKind.Double },
  });
  const file = project.createSourceFile("skeleton.ts", { statements: [...statements] }, { overwrite: true });
  const text = file.getFullText();
  project.removeSourceFile(file);
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
