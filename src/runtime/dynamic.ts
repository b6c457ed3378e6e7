/// <reference lib="esnext.disposable" preserve="true" />
/** BPF objects without generated code: everything by name, with values typed from BTF at run time. */
export type { DynamicCodec } from "./dynamic/btf-types.ts";
export { BtfTypes } from "./dynamic/btf-types.ts";
export type { EventOptions } from "./dynamic/describe-object.ts";
export { DynamicGlobals } from "./dynamic/globals.ts";
export type { DynamicMap, DynamicMaps } from "./dynamic/map-kinds.ts";
export type { FieldLike, TypeLike, TypeMismatch, ValidateOptions } from "./dynamic/mismatches.ts";
export {
  load,
  LoadedObject,
  open,
  OpenObject,
  type ObjectConfig,
  type ObjectFile,
  type ObjectOptions,
} from "./dynamic/open-object.ts";
export { type OpenedMapCodecs, openMapById, openPinnedMap } from "./dynamic/opened-map.ts";
export type { DynamicProgram, DynamicPrograms } from "./dynamic/program-kinds.ts";
export type { FieldInfo, TypeInfo } from "./dynamic/type-info.ts";
export { lookupType, registerType } from "./dynamic/type-registry.ts";
export type { DynamicInput, DynamicStruct, DynamicValue } from "./dynamic/values.ts";
export { TypeMismatchError } from "./errors.ts";
