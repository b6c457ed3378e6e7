/** From an object's model to the text of its skeleton. */
import { basename } from "node:path";
import type { BpfObject, Btf } from "tinybpf-btf";
import { embeddedObject, objectBeside } from "./embed.ts";
import { emptyBtf } from "./empty-btf.ts";
import { declareEnum } from "./enums.ts";
import { type EventTypes, findEventTypes } from "./events.ts";
import { formatModule } from "./format.ts";
import { type GlobalsClass, declareGlobals, globalSections, globalTypes } from "./globals.ts";
import { mapMember, mapTypes, structOpsMember } from "./maps.ts";
import { type ModuleContext, withOwnConstants } from "./module-context.ts";
import { type NamedTypes, type TypeRoot, nameTypes } from "./named-types.ts";
import { NameTable, pascalCase } from "./names.ts";
import { type SkeletonOptions, describeOptions } from "./options.ts";
import { programMember, programTypes } from "./programs.ts";
import { RUNTIME_MODULE, RUNTIME_NAMES, RuntimeImports } from "./runtime-symbols.ts";
import { selectTypes } from "./select-types.ts";
import { type SkeletonNames, declareSkeleton } from "./skeleton-class.ts";
import { type Statement, StructureKind, printModule } from "./source-file.ts";
import { declareComposite } from "./structs.ts";
import { objectStem } from "./object-stem.ts";
import { lineComment } from "./text.ts";
import { byDependency } from "./type-order.ts";
import { usageExample } from "./usage.ts";
import { Constants } from "./constants.ts";
import { VERSION } from "./version.ts";

/** A skeleton, and how much is in it. */
export interface GeneratedSkeleton {
  readonly text: string;
  readonly types: number;
  readonly maps: number;
  readonly programs: number;
}

/** Writes the skeleton of `object`. */
export async function generate(object: BpfObject, options: SkeletonOptions): Promise<GeneratedSkeleton> {
  const btf = object.btf ?? emptyBtf();
  const events = findEventTypes(object, btf, new Map(Object.entries(options.events ?? {})));
  for (const warning of events.warnings) options.onWarning?.(warning);

  const names = new NameTable(RUNTIME_NAMES);
  const stem = objectStem(options.source);
  const skeletonNames = claimSkeletonNames(names, options.name ?? pascalCase(stem));
  const globals = globalSections(object).map((section): GlobalsClass => ({
    section,
    className: names.claim(skeletonNames.skeleton + pascalCase(section.name)),
  }));
  const types = nameTypes(btf, typeRoots(object, btf, events, options), names);
  const imports = new RuntimeImports();
  const context: ModuleContext = {
    btf,
    little: object.byteOrder === "little",
    imports,
    names,
    types,
    inputDiffers: new Map(),
    constants: new Constants(names),
  };

  const maps = [
    ...object.maps.map((map) => mapMember(context, map, events.types.get(map.name))),
    ...object.structOps.map((ops) => structOpsMember(context, ops)),
  ];
  const programs = object.programs.map((program) => programMember(context, program));
  const outputName = options.outputPath === undefined ? `${stem}.skel.ts` : basename(options.outputPath);
  const statements: Statement[] = [
    ...declareTypes(context, types),
    ...globals.flatMap((part) => declareGlobals(context, part)),
    ...declareSkeleton(withOwnConstants(context), {
      object,
      source: options.source,
      names: skeletonNames,
      maps,
      programs,
      globals,
      bytes:
        options.objectPath === undefined
          ? embeddedObject(imports, object.bytes)
          : objectBeside(imports, options.objectPath),
      usage: usageExample(
        skeletonNames.skeleton,
        outputName.replace(/\.[cm]?ts$/, ""),
        options.importExtension ?? "js",
      ),
    }),
  ];
  const module = printModule([importStatement(imports), ...spaced(statements)]);
  const text = await formatModule(header(options, pascalCase(stem)) + module, options.outputPath);
  return { text, types: types.size, maps: maps.length, programs: programs.length };
}

function claimSkeletonNames(names: NameTable, wanted: string): SkeletonNames {
  const skeleton = names.claim(wanted);
  return { skeleton, open: names.claim(`Open${skeleton}`), config: names.claim(`${skeleton}Config`) };
}

function typeRoots(object: BpfObject, btf: Btf, events: EventTypes, options: SkeletonOptions): TypeRoot[] {
  const selected = selectTypes(btf, options.types ?? []);
  for (const pattern of selected.unmatched)
    options.onWarning?.({ place: `--type ${pattern}`, message: "no struct, union or enum matches" });
  return [
    ...object.maps.flatMap((map) => mapTypes(map, events.types.get(map.name))),
    ...globalTypes(object),
    ...object.programs.flatMap((program) => programTypes(btf, program)),
    ...selected.roots,
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

function header(options: SkeletonOptions, defaultName: string): string {
  const source = lineComment(options.source);
  return (
    `// Generated by tinybpf-gen ${VERSION} from ${source}. Do not edit: run tinybpf-gen again.\n` +
    `// Options: ${lineComment(describeOptions(options, defaultName))}\n`
  );
}
