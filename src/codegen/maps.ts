/** Maps: the class each one gets, and the descriptor that makes it. */
import type { MapModel, StructOpsModel, TypeId } from "tinybpf-btf";
import type { CType } from "./c-type.ts";
import { cType } from "./c-types.ts";
import { docCode, docText } from "./doc.ts";
import type { MapEvent } from "./event-union-code.ts";
import { type EventType, carriesEvents } from "./events.ts";
import { type ModuleContext, withOwnConstants } from "./module-context.ts";
import { pascalCase } from "./names.ts";
import type { TypeRoot } from "./named-types.ts";
import { bytesType } from "./scalars.ts";
import { quote } from "./text.ts";

/** A member of the skeleton's `maps` or `programs`. */
export interface SkeletonMember {
  /** As in C, until the record it goes into is named (member-names.ts). */
  readonly name: string;
  readonly doc: string;
  readonly type: string;
  readonly descriptor: string;
}

/** A struct_ops map has one key, 0 (libbpf.c, init_struct_ops_maps). */
const STRUCT_OPS_KEY_SIZE = 4;

/** The types that a map's users get to see, inner maps included. */
export function mapTypes(map: MapModel, event: EventType | undefined): TypeRoot[] {
  if (carriesEvents(map)) return eventTypes(event).map((id) => ({ id, fallback: `${map.name}_value` }));
  const own = [
    { id: map.keyType, fallback: `${map.name}_key` },
    { id: map.valueType, fallback: `${map.name}_value` },
  ].flatMap(({ id, fallback }) => (id === undefined ? [] : [{ id, fallback }]));
  return map.inner === undefined
    ? own
    : [...own, ...mapTypes({ ...map.inner, name: `${map.name}_inner` }, undefined)];
}

function eventTypes(event: EventType | undefined): TypeId[] {
  if (event === undefined) return [];
  return event.kind === "type" ? [event.id] : event.union.alternatives.map(({ type }) => type);
}

/** A map as a member of the skeleton. */
export function mapMember(module: ModuleContext, map: MapModel, event: MapEvent | undefined): SkeletonMember {
  return { name: map.name, doc: mapDoc(map), ...mapClass(withOwnConstants(module), map, event) };
}

/** A struct_ops variable: libbpf makes a map of it. */
export function structOpsMember(module: ModuleContext, ops: StructOpsModel): SkeletonMember {
  const { imports } = module;
  return {
    name: ops.name,
    doc: `${docCode("BPF_MAP_TYPE_STRUCT_OPS")}, ${docCode(`SEC("${ops.section}")`)}`,
    type: imports.type("StructOpsMap"),
    descriptor: `${imports.value("structOps")}(${STRUCT_OPS_KEY_SIZE}, ${ops.size})`,
  };
}

/** The runtime's name of a map's type; the parser calls those newer than itself `type_99`. */
function typeName(map: MapModel): string {
  return /^type_\d+$/.test(map.typeName) ? "unknown" : map.typeName;
}

function mapDoc(map: MapModel): string {
  const facts = [docCode(`BPF_MAP_TYPE_${map.typeName.toUpperCase()}`)];
  if (map.maxEntries > 0) facts.push(`max_entries ${map.maxEntries}`);
  if (map.mapFlags !== 0) facts.push(`map_flags 0x${map.mapFlags.toString(16)}`);
  if (map.mapExtra !== 0n) facts.push(`map_extra ${map.mapExtra}`);
  if (map.pinning === "by_name") facts.push("pinned by name");
  if (map.inner !== undefined) facts.push(`of ${docText(map.inner.typeName)} maps`);
  return facts.join(", ");
}

function mapClass(
  context: ModuleContext,
  map: MapModel,
  event: MapEvent | undefined,
): Pick<SkeletonMember, "type" | "descriptor"> {
  const { imports } = context;
  const key = (): CType => typeOrBytes(context, map.keyType, map.keySize, `${map.name}_key`);
  const value = (): CType => typeOrBytes(context, map.valueType, map.valueSize, `${map.name}_value`);
  switch (map.typeName) {
    case "hash":
    case "lru_hash":
      return keyed(imports.type("HashMap"), imports.value("hashMap"), key(), value());
    case "percpu_hash":
    case "lru_percpu_hash":
      return keyed(imports.type("PerCpuHashMap"), imports.value("perCpuHashMap"), key(), value());
    case "array":
      return indexed(imports.type("ArrayMap"), imports.value("arrayMap"), value());
    case "percpu_array":
      return indexed(imports.type("PerCpuArrayMap"), imports.value("perCpuArrayMap"), value());
    case "ringbuf":
      return ofEvents(context, map, event, imports.type("RingBuffer"), imports.value("ringBuffer"));
    case "perf_event_array":
      return ofEvents(context, map, event, imports.type("PerfEventArray"), imports.value("perfEventArray"));
    default:
      return {
        type: imports.type("OtherMap"),
        descriptor: `${imports.value("otherMap")}(${quote(typeName(map))}, ${map.keySize}, ${map.valueSize})`,
      };
  }
}

function typeOrBytes(context: ModuleContext, id: TypeId | undefined, size: number, wanted: string): CType {
  const type = id === undefined ? undefined : cType(context, id, pascalCase(wanted));
  return type === undefined || "leftOut" in type || type.size !== size ? bytesType(context, size) : type;
}

function keyed(
  type: string,
  descriptor: string,
  key: CType,
  value: CType,
): Pick<SkeletonMember, "type" | "descriptor"> {
  return {
    type: `${type}<${parameters([key, value]).join(", ")}>`,
    descriptor: `${descriptor}(${key.codec()}, ${value.codec()})`,
  };
}

function indexed(
  type: string,
  descriptor: string,
  value: CType,
): Pick<SkeletonMember, "type" | "descriptor"> {
  return {
    type: `${type}<${parameters([value]).join(", ")}>`,
    descriptor: `${descriptor}(${value.codec()})`,
  };
}

/** `<Key, Value, KeyInput, ValueInput>` without the trailing ones that are as their defaults. */
export function parameters(types: readonly CType[]): string[] {
  const reads = types.map((type) => type.read);
  const inputs = types.map((type) => type.input());
  let needed = inputs.length;
  while (needed > 0 && inputs[needed - 1] === reads[needed - 1]) needed--;
  return [...reads, ...inputs.slice(0, needed)];
}

function ofEvents(
  context: ModuleContext,
  map: MapModel,
  event: MapEvent | undefined,
  type: string,
  descriptor: string,
): Pick<SkeletonMember, "type" | "descriptor"> {
  if (event?.kind === "union")
    return { type: `${type}<${event.name}, ${event.view}>`, descriptor: `${descriptor}(${event.name})` };
  const one = event === undefined ? undefined : cType(context, event.id, pascalCase(`${map.name}_value`));
  if (one === undefined || "leftOut" in one)
    return { type: `${type}<Uint8Array<ArrayBuffer>>`, descriptor: `${descriptor}()` };
  const views = one.view === undefined ? "" : `, ${one.view}`;
  return { type: `${type}<${one.read}${views}>`, descriptor: `${descriptor}(${one.codec()})` };
}
