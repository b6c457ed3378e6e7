/** The skeleton itself: its interface in each state, its configuration and its class. */
import type { BpfObject } from "tinybpf-btf";
import { docBlock, docCode, docs } from "./doc.ts";
import { type GlobalsClass, globalsConfigType, isFilledAtLoad } from "./globals.ts";
import type { SkeletonMember } from "./maps.ts";
import type { Renamed } from "./member-names.ts";
import type { ModuleContext } from "./module-context.ts";
import { type Statement, StructureKind, constStatement } from "./source-file.ts";
import { literalKey, quote, typeKey } from "./text.ts";

/** What the skeleton is made of. */
export interface SkeletonParts {
  readonly object: BpfObject;
  /** The object's file name. */
  readonly source: string;
  readonly names: SkeletonNames;
  readonly maps: readonly Renamed<SkeletonMember>[];
  readonly programs: readonly Renamed<SkeletonMember>[];
  readonly globals: readonly GlobalsClass[];
  /** The expression that gets the object's bytes. */
  readonly bytes: string;
  readonly usage: readonly string[];
  /** Of the usage, as fenced blocks name it. */
  readonly language: string;
}

/** What the skeleton's own declarations are called. */
export interface SkeletonNames {
  readonly skeleton: string;
  readonly open: string;
  readonly config: string;
}

/** The declarations of the skeleton. */
export function declareSkeleton(context: ModuleContext, parts: SkeletonParts): Statement[] {
  return [
    loadedInterface(context, parts),
    openInterface(context, parts),
    configInterface(context, parts),
    skeletonConstant(context, parts),
  ];
}

function loadedInterface(context: ModuleContext, parts: SkeletonParts): Statement {
  const { names, source, object } = parts;
  const license = object.license === undefined ? "" : ` License: ${docCode(object.license)}.`;
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: names.skeleton,
    extends: [context.imports.type("Skeleton")],
    docs: docs(
      `${docCode(source)}, loaded into the kernel.${license}\n\n@example\n${docBlock(parts.usage, parts.language)}`,
    ),
    properties: [
      { name: "maps", isReadonly: true, type: membersType(parts.maps) },
      { name: "programs", isReadonly: true, type: membersType(parts.programs) },
      ...parts.globals.map(({ section, member, className }) => ({
        name: typeKey(member),
        isReadonly: true,
        type: section.readonly ? `Readonly<${className}>` : className,
      })),
    ],
  };
}

function membersType(members: readonly Renamed<SkeletonMember>[]): string {
  if (members.length === 0) return "{}";
  const lines = members.map(({ name, cName, doc, type }) => {
    const inC = name === cName ? "" : `${docCode(cName)}: `;
    return `/** ${inC}${doc} */\nreadonly ${typeKey(name)}: ${type};`;
  });
  return `{\n${lines.join("\n")}\n}`;
}

function openInterface(context: ModuleContext, { names, source, globals }: SkeletonParts): Statement {
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: names.open,
    extends: [`${context.imports.type("OpenSkeleton")}<${names.skeleton}>`],
    docs: docs(`${docCode(source)}, opened: configure it, then {@link OpenSkeleton.load}.`),
    properties: settable(globals).map(({ member, className }) => ({
      name: typeKey(member),
      isReadonly: true,
      type: className,
    })),
  };
}

/** The sections whose variables have values before the object is loaded. */
function settable(globals: readonly GlobalsClass[]): readonly GlobalsClass[] {
  return globals.filter(({ section }) => !isFilledAtLoad(section));
}

function configInterface(context: ModuleContext, { names, globals }: SkeletonParts): Statement {
  return {
    kind: StructureKind.Interface,
    isExported: true,
    name: names.config,
    extends: [`${context.imports.type("SkeletonConfig")}<${names.skeleton}>`],
    docs: docs(`What \`${names.skeleton}.load\` can configure in one go.`),
    properties: settable(globals).map((part) => ({
      name: typeKey(part.member),
      isReadonly: true,
      hasQuestionToken: true,
      type: globalsConfigType(context, part),
    })),
  };
}

function skeletonConstant(context: ModuleContext, parts: SkeletonParts): Statement {
  const { names, source } = parts;
  const { imports } = context;
  const parameters = `<${names.skeleton}, ${names.open}, ${names.config}>`;
  const globals = parts.globals.map(
    ({ section, member, className }) =>
      `${literalKey(member)}: { section: ${quote(section.section)}, size: ${section.size}, Class: ${className} },`,
  );
  return constStatement({
    name: names.skeleton,
    isExported: true,
    docs: docs(`Opens and loads ${docCode(source)}.`),
    type: `${imports.type("SkeletonClass")}${parameters}`,
    initializer: `${imports.value("skeleton")}${parameters}({
      name: ${quote(names.skeleton)},
      source: ${quote(source)},
      object: ${parts.bytes},
      maps: ${descriptors(parts.maps)},
      programs: ${descriptors(parts.programs)},
      globals: ${globals.length === 0 ? "{}" : `{\n${globals.join("\n")}\n}`},
      ${namesInC(parts)}
    })`,
  });
}

/** The names in C of the maps and programs that have another one here; nothing when there are none. */
function namesInC({ maps, programs }: SkeletonParts): string {
  const tables = Object.entries({ maps, programs }).flatMap(([kind, members]) => {
    const other = members.filter(({ name, cName }) => name !== cName);
    const entries = other.map(({ name, cName }) => `${literalKey(name)}: ${quote(cName)}`);
    return entries.length === 0 ? [] : [`${kind}: { ${entries.join(", ")} },`];
  });
  return tables.length === 0 ? "" : `names: {\n${tables.join("\n")}\n},`;
}

function descriptors(members: readonly SkeletonMember[]): string {
  if (members.length === 0) return "{}";
  return `{\n${members.map(({ name, descriptor }) => `${literalKey(name)}: ${descriptor},`).join("\n")}\n}`;
}
