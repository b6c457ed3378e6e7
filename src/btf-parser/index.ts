/**
 * Reads compiled BPF objects and BTF type information.
 *
 * @packageDocumentation
 */
export { alignOf } from "./align.ts";
export { type Btf, parseBtf, type ParseBtfOptions } from "./btf.ts";
export {
  type BtfExt,
  type CoreRelo,
  type CoreReloKind,
  type ExtSection,
  type FuncInfo,
  type LineInfo,
  parseBtfExt,
} from "./btf-ext.ts";
export {
  type Elf,
  type ElfRelocation,
  type ElfSection,
  type ElfSymbol,
  EM_BPF,
  parseElf,
  SectionFlag,
  SectionType,
  type SymbolBinding,
  type SymbolSection,
  type SymbolType,
  type SymbolVisibility,
} from "./elf.ts";
export { findCType } from "./c-type-names.ts";
export { asDiscriminant, type Discriminant, discriminantMembers, samePlace } from "./discriminant.ts";
export { BtfParseError, ElfParseError, type ErrorPlace, isParseError, TypeLookupError } from "./errors.ts";
export { carriesBytes, carriesEvents, type EventType, eventTypesOf } from "./event-types.ts";
export type { EventAlternative, EventUnion } from "./event-union.ts";
export { type NamedDiscriminant, suggestUnion } from "./event-values.ts";
export { type DeclarationOptions, formatDeclaration, formatType } from "./format.ts";
export { type DefinitionOptions, formatDefinition } from "./format-definition.ts";
export { type MapFamily, mapFamily, type ProgramFamily, programFamily } from "./families.ts";
export { visibleSections, visibleVariables } from "./globals.ts";
export { KCONFIG_SECTION } from "./kconfig.ts";
export { loadKernelBtf } from "./kernel.ts";
export { kernelField } from "./kernel-field.ts";
export { type FieldLayout, type Hole, layoutOf, type StructLayout } from "./layout.ts";
export { mapTypeName } from "./map-types.ts";
export type * from "./model.ts";
export { nearest } from "./nearest.ts";
export { parseObject } from "./object.ts";
export { isOpaque } from "./opaque.ts";
export { readSectionName, type SectionName } from "./section-names.ts";
export { sizeOf } from "./size.ts";
export { syscallContext } from "./syscall-context.ts";
export type * from "./types.ts";
export { shellArgument, visible } from "./text.ts";
