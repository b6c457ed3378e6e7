/** From an object's model to the text of its skeleton. */
import { basename } from "node:path";
import { type BpfObject, type Btf, visibleSections } from "tinybpf-btf";
import { type Analysis, analyse } from "./analysis.ts";
import { digestGenerated, sealText } from "./digest.ts";
import { embeddedObject, objectBeside } from "./embed.ts";
import { declareEnum } from "./enums.ts";
import { declareEventUnion, nameEvents } from "./event-union-code.ts";
import type { EventTypes } from "./events.ts";
import { formatModule } from "./format.ts";
import { type GlobalsClass, declareGlobals, globalTypes } from "./globals.ts";
import { header } from "./header.ts";
import { toJavaScript } from "./javascript.ts";
import { mapMember, mapTypes, structOpsMember } from "./maps.ts";
import { renamed } from "./member-names.ts";
import { type ModuleContext, withOwnConstants } from "./module-context.ts";
import { type NamedTypes, type TypeRoot, nameTypes } from "./named-types.ts";
import { NameTable, claimName, pascalCase } from "./names.ts";
import type { ModulesOptions } from "./options.ts";
import { importPath, outputFiles, skeletonName } from "./output-path.ts";
import { programMember, programTypes } from "./programs.ts";
import { RUNTIME_MODULE, RUNTIME_NAMES, RuntimeImports } from "./runtime-symbols.ts";
import { type SkeletonNames, declareSkeleton } from "./skeleton-class.ts";
import { type Statement, StructureKind, printModule } from "./source-file.ts";
import { sourceOf } from "./source-line.ts";
import { stripDebug } from "./strip-debug.ts";
import { declareComposite } from "./structs.ts";
import { objectStem } from "./object-stem.ts";
import { byDependency } from "./type-order.ts";
import { refuseSameNames } from "./unique-members.ts";
import { usageExample } from "./usage.ts";
import { Constants } from "./constants.ts";

/** A file of a skeleton. */
export interface GeneratedModule {
  /** Such as `trace.skel.ts`. */
  readonly fileName: string;
  readonly text: string;
}

/** A skeleton, and how much is in it. */
export interface GeneratedSkeleton {
  /** The TypeScript module; or the JavaScript module, and its declarations. */
  readonly modules: readonly GeneratedModule[];
  readonly types: number;
  readonly maps: number;
  readonly programs: number;
  /** The patterns in `types` that no type of the object matches. */
  readonly unmatched: readonly string[];
}

/** Writes the skeleton of `object`. */
export async function generate(
  object: BpfObject,
  options: ModulesOptions,
  { btf, events, selected }: Analysis = analyse(object, options),
): Promise<GeneratedSkeleton> {
  const names = new NameTable(RUNTIME_NAMES);
  const stem = objectStem(options.source);
  const skeletonNames = claimSkeletonNames(names, options.name ?? pascalCase(stem));
  const members = new Set<string>();
  refuseSameNames(object);
  const globals = visibleSections(object).map((section): GlobalsClass => ({
    section,
    member: claimName(members, section.name),
    className: names.claim(skeletonNames.skeleton + pascalCase(section.name)),
  }));
  const types = nameTypes(btf, [...typeRoots(object, btf, events), ...selected.roots], names);
  const mapEvents = nameEvents(events.types, names);
  const imports = new RuntimeImports();
  const context: ModuleContext = {
    btf,
    little: object.byteOrder === "little",
    naming: options.naming ?? "c",
    u64: options.u64 ?? "bigint",
    imports,
    names,
    types,
    inputDiffers: new Map(),
    constants: new Constants(names),
  };

  const maps = renamed(context.naming, [
    ...object.maps.map((map) => mapMember(context, map, mapEvents.get(map.name))),
    ...object.structOps.map((ops) => structOpsMember(context, ops)),
  ]);
  const programs = renamed(
    context.naming,
    object.programs.map((program) => programMember(context, program, sourceOf(object, program))),
  );
  const target = options.target ?? "ts";
  const path = options.outputPath ?? skeletonName(options.source, target);
  const access =
    options.objectPath === undefined
      ? embeddedObject(imports, stripDebug(object.bytes, object.elf))
      : objectBeside(imports, options.objectPath, object.bytes);
  const statements: Statement[] = [
    ...declareTypes(context, types),
    ...[...mapEvents.values()].flatMap((event) =>
      event.kind === "union" ? declareEventUnion(context, event) : [],
    ),
    ...globals.flatMap((part) => declareGlobals(context, part)),
    ...declareSkeleton(withOwnConstants(context), {
      object,
      source: options.source,
      names: skeletonNames,
      maps,
      programs,
      globals,
      bytes: access.expression,
      usage: usageExample(skeletonNames.skeleton, importPath(path), target, options.importExtension ?? "js"),
      language: target,
    }),
  ];
  const module = printModule([importStatement(imports), ...spaced(statements)]);
  const inputs = digestGenerated(object, options);
  const texts = target === "ts" ? [module] : Object.values(toJavaScript(module));
  const modules = await Promise.all(
    outputFiles(path, target).map(async (file, index): Promise<GeneratedModule> => {
      const text = header(options, inputs) + (texts[index] ?? "");
      const formatted = await formatModule(text, file, options.outputPath !== undefined);
      return { fileName: basename(file), text: sealText(access.fill(formatted)) };
    }),
  );
  const { unmatched } = selected;
  return { modules, types: types.size, maps: maps.length, programs: programs.length, unmatched };
}

function claimSkeletonNames(names: NameTable, wanted: string): SkeletonNames {
  const skeleton = names.claim(wanted);
  return { skeleton, open: names.claim(`Open${skeleton}`), config: names.claim(`${skeleton}Config`) };
}

function typeRoots(object: BpfObject, btf: Btf, events: EventTypes): TypeRoot[] {
  return [
    ...object.maps.flatMap((map) => mapTypes(map, events.types.get(map.name))),
    ...globalTypes(object),
    ...object.programs.flatMap((program) => programTypes(btf, program)),
  ];
}

/** Enums first, which need nothing; then each struct behind those it holds. */
function declareTypes(context: ModuleContext, types: NamedTypes): Statement[] {
  const all = [...types.values()];
  const enums = all.filter((type) => type.kind === "ENUM" || type.kind === "ENUM64");
  return [
    ...enums.flatMap((type) => declareEnum(context.btf, type)),
    ...byDependency(context.btf, types).flatMap((type) => declareComposite(context, type)),
  ];
}

function importStatement(imports: RuntimeImports): Statement {
  return {
    kind: StructureKind.ImportDeclaration,
    moduleSpecifier: RUNTIME_MODULE,
    namedImports: imports.names(),
  };
}

/** A blank line before each statement. */
function spaced(statements: readonly Statement[]): Statement[] {
  return statements.map((statement) => ({ ...statement, leadingTrivia: "\n" }));
}
