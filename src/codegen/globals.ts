/** Global variables: a class for each section, with a getter and a setter for each variable. */
import type { BpfObject, BtfKind, BtfType, GlobalSectionModel, GlobalVariableModel } from "tinybpf-btf";
import { formatDeclaration, KCONFIG_SECTION, visibleSections, visibleVariables } from "tinybpf-btf";
import { type CType, constantName } from "./c-type.ts";
import { cType } from "./c-types.ts";
import { docCode, docs } from "./doc.ts";
import { memberNames } from "./member-names.ts";
import { type ModuleContext, withOwnConstants } from "./module-context.ts";
import type { TypeRoot } from "./named-types.ts";
import { isSafeInteger } from "./scalars.ts";
import { type Statement, StructureKind, constStatement } from "./source-file.ts";
import { accessorKey, quote, typeKey } from "./text.ts";
import { WORDS, type WordName, wordOf } from "./words.ts";

/** A section of globals, and what it gets. */
export interface GlobalsClass {
  readonly section: GlobalSectionModel;
  /** The skeleton's member: the section's name in the model, with a number where two sections have the same. */
  readonly member: string;
  readonly className: string;
}

/** A variable and how to reach it. */
interface Variable {
  /** In TypeScript. */
  readonly name: string;
  readonly model: GlobalVariableModel;
  readonly type: CType;
}

/** Whether libbpf sets the variables of a section when it loads the object, and nobody else ever. */
export function isFilledAtLoad({ section }: GlobalSectionModel): boolean {
  return section === KCONFIG_SECTION;
}

/** The types that variables have. */
export function globalTypes(object: BpfObject): TypeRoot[] {
  return visibleSections(object).flatMap((section) =>
    visibleVariables(section).map(({ type, name }) => ({ id: type, fallback: name })),
  );
}

/** The class of one section. */
export function declareGlobals(module: ModuleContext, globals: GlobalsClass): Statement[] {
  const context = withOwnConstants(module);
  const { section, className } = globals;
  const all = variables(context, globals);
  const written = isFilledAtLoad(section) ? [] : all;
  const memory = context.imports.type("GlobalsMemory");
  const getAccessors = all.map((variable) => getter(context, section, variable));
  const setAccessors = written.map((variable) => setter(context, variable));
  const constants = context.constants.list().map(constStatement);
  return [
    ...constants,
    {
      kind: StructureKind.Class,
      isExported: true,
      name: className,
      docs: docs(sectionDoc(section)),
      properties: [{ name: "#m", type: memory, isReadonly: true }],
      ctors: [{ parameters: [{ name: "memory", type: memory }], statements: ["this.#m = memory;"] }],
      getAccessors,
      setAccessors,
    },
  ];
}

function sectionDoc(section: GlobalSectionModel): string {
  const code = docCode(section.section);
  if (isFilledAtLoad(section))
    return `Options of the kernel's configuration, in ${code}. libbpf reads them when it loads the object.`;
  const fixed = section.readonly ? " They cannot be written once the object is loaded." : "";
  return `Global variables in ${code}.${fixed}`;
}

function variables(context: ModuleContext, { section, className }: GlobalsClass): Variable[] {
  const models = visibleVariables(section);
  const nameOf = memberNames(
    context.naming,
    models.map(({ name }) => name),
  );
  return models.flatMap((model) => {
    const name = nameOf(model.name);
    const type = cType(context, model.type, constantName(className, model.name), name);
    return "leftOut" in type ? [] : [{ name, model, type }];
  });
}

function getter(context: ModuleContext, section: GlobalSectionModel, variable: Variable) {
  const { name, model, type } = variable;
  const declaration = docCode(`${formatDeclaration(context.btf, model.type, model.name)};`);
  return {
    name: accessorKey(name),
    returnType: isWhole(context, model) ? snapshot(context, type.read) : type.read,
    docs: docs(`${declaration} at byte ${model.offset} of ${docCode(section.section)}`),
    statements: [`return ${readExpression(context, variable)};`],
  };
}

function setter(context: ModuleContext, variable: Variable) {
  const { name, type } = variable;
  return {
    name: accessorKey(name),
    parameters: [{ name: "value", type: type.input() }],
    statements: [writeStatement(context, variable)],
  };
}

function readExpression(context: ModuleContext, { name, model, type }: Variable): string {
  const { offset } = model;
  const word = loadedWord(context, model);
  if (word === undefined) return type.get({ view: "this.#m.view", base: "", offset });
  if (isSafe(context, model)) return `this.#m.loadSafe${upperFirst(word)}(${offset}, ${quote(name)})`;
  const cast = NUMERIC.has(type.read) ? "" : ` as ${type.read}`;
  return `this.#m.load${upperFirst(word)}(${offset})${cast}`;
}

function writeStatement(context: ModuleContext, { name, model, type }: Variable): string {
  const { offset } = model;
  const field = quote(name);
  const word = loadedWord(context, model);
  if (word !== undefined && isSafe(context, model))
    return `this.#m.storeSafe${upperFirst(word)}(${offset}, value, ${field});`;
  if (word !== undefined)
    return `this.#m.store${upperFirst(word)}(${offset}, ${context.imports.value(WORDS[word].check)}(value, ${field}));`;
  if (isWhole(context, model)) return `this.#m.write(${offset}, value, ${type.codec()}, ${field});`;
  return type.set({ view: "this.#m.writable", base: "", offset }, "value", field);
}

function isSafe(context: ModuleContext, { type }: GlobalVariableModel): boolean {
  return isSafeInteger(context, context.btf.resolve(type));
}

/**
 * How the runtime loads and stores a variable at once: integers of more than a byte, at their natural places, in the byte
 * order of the machines that run it.
 */
function loadedWord(context: ModuleContext, { type, offset }: GlobalVariableModel): WordName | undefined {
  const resolved = context.btf.resolve(type);
  const word = integerOf(resolved);
  if (word === undefined || !context.little) return undefined;
  const { size } = WORDS[word];
  return size > 1 && offset % size === 0 ? word : undefined;
}

function integerOf(type: BtfType): WordName | undefined {
  if (type.kind === "PTR") return "u64";
  if (type.kind === "ENUM" || type.kind === "ENUM64") return wordOf(type.size, type.signed);
  return type.kind === "INT" && !type.bool ? wordOf(type.size, type.signed) : undefined;
}

const NUMERIC: ReadonlySet<string> = new Set(["number", "bigint"]);

function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Kinds that one store writes; anything else must not be seen half-written. */
const NUMBERS: ReadonlySet<BtfKind> = new Set<BtfKind>(["INT", "FLOAT", "PTR", "ENUM", "ENUM64"]);

/** Whether a variable is more than a number. */
function isWhole(context: ModuleContext, { type }: GlobalVariableModel): boolean {
  return !NUMBERS.has(context.btf.resolve(type).kind);
}

/** What reading gives is a copy: its type must not let it be changed, as if that changed the variable. */
function snapshot(context: ModuleContext, type: string): string {
  return IMMUTABLE.has(type) ? type : `${context.imports.type("Snapshot")}<${type}>`;
}

/** Strings are; bytes are not, but remain what everybody takes. */
const IMMUTABLE: ReadonlySet<string> = new Set(["string", "Uint8Array<ArrayBuffer>"]);

/** What the skeleton's config accepts for a section: `{ readonly target_pid?: number }` */
export function globalsConfigType(module: ModuleContext, globals: GlobalsClass): string {
  const members = variables(withOwnConstants(module), globals).map(
    ({ name, type }) => `readonly ${typeKey(name)}?: ${type.input()}${orInherited(name)}`,
  );
  return `{ ${members.join("; ")} }`;
}

/** The members of TypeScript's `Object` (lib.es5.d.ts). */
const OF_EVERY_OBJECT: ReadonlySet<string> = new Set([
  "constructor",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "toLocaleString",
  "toString",
  "valueOf",
]);

/** A literal without a member `toString` has that of all objects, and tsc would compare it with the variable's type. */
function orInherited(name: string): string {
  return OF_EVERY_OBJECT.has(name) ? ` | Object[${quote(name)}]` : "";
}
