/** Maps: the class each one gets, and the descriptor that makes it. */
import {
  mapFamily,
  type MapModel,
  type StructOpsModel,
  type TypeId,
  type EventType,
  carriesEvents,
} from "tinybpf-btf";
import type { CType } from "./c-type.ts";
import { cType } from "./c-types.ts";
import { docCode, docText } from "./doc.ts";
import type { MapEvent } from "./event-union-code.ts";
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

/** Kinds whose keys and values the kernel defines; the runtime's classes know them. */
const OF_THE_KERNEL: ReadonlySet<string> = new Set([
  "arena",
  "prog_array",
  "cgroup_array",
  "devmap",
  "devmap_hash",
  "cpumap",
  "xskmap",
  "sockmap",
  "reuseport_sockarray",
  "stack_trace",
]);

/** The types that a map's users get to see, inner maps included. */
export function mapTypes(map: MapModel, event: EventType | undefined): TypeRoot[] {
  if (carriesEvents(map)) return eventTypes(event).map((id) => ({ id, fallback: `${map.name}_value` }));
  if (OF_THE_KERNEL.has(map.typeName)) return [];
  const key = { id: map.keyType, fallback: `${map.name}_key` };
  const value = { id: map.valueType, fallback: `${map.name}_value` };
  const own = (map.typeName === "sockhash" ? [key] : [key, value]).flatMap(({ id, fallback }) =>
    id === undefined ? [] : [{ id, fallback }],
  );
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

type MapCode = Pick<SkeletonMember, "type" | "descriptor">;

function mapClass(context: ModuleContext, map: MapModel, event: MapEvent | undefined): MapCode {
  const { imports } = context;
  const key = (): CType => typeOrBytes(context, map.keyType, map.keySize, `${map.name}_key`);
  const value = (): CType => typeOrBytes(context, map.valueType, map.valueSize, `${map.name}_value`);
  switch (mapFamily(map)) {
    case "hash":
      return typed(imports.type("HashMap"), imports.value("hashMap"), [key(), value()]);
    case "percpu_hash":
      return typed(imports.type("PerCpuHashMap"), imports.value("perCpuHashMap"), [key(), value()]);
    case "lpm_trie":
      return typed(imports.type("LpmTrieMap"), imports.value("lpmTrieMap"), [key(), value()]);
    case "array":
      return typed(imports.type("ArrayMap"), imports.value("arrayMap"), [value()]);
    case "percpu_array":
      return typed(imports.type("PerCpuArrayMap"), imports.value("perCpuArrayMap"), [value()]);
    case "queue":
      return typed(imports.type("QueueMap"), imports.value("queueMap"), [value()]);
    case "stack":
      return typed(imports.type("StackMap"), imports.value("stackMap"), [value()]);
    case "bloom_filter":
      return writtenOnly(imports.type("BloomFilter"), imports.value("bloomFilter"), value());
    case "sk_storage":
      return typed(imports.type("SkStorage"), imports.value("skStorage"), [value()]);
    case "task_storage":
      return typed(imports.type("TaskStorage"), imports.value("taskStorage"), [value()]);
    case "inode_storage":
      return typed(imports.type("InodeStorage"), imports.value("inodeStorage"), [value()]);
    case "cgrp_storage":
      return typed(imports.type("CgroupStorage"), imports.value("cgroupStorage"), [value()]);
    case "cgroup_storage":
      return typed(imports.type("AttachedCgroupStorage"), imports.value("attachedCgroupStorage"), [
        key(),
        value(),
      ]);
    case "percpu_cgroup_storage":
      return typed(
        imports.type("PerCpuAttachedCgroupStorage"),
        imports.value("perCpuAttachedCgroupStorage"),
        [key(), value()],
      );
    case "arena":
      return untyped(imports.type("ArenaMap"), imports.value("arenaMap"));
    case "prog_array":
      return untyped(imports.type("ProgramArray"), imports.value("progArray"));
    case "cgroup_array":
      return untyped(imports.type("CgroupArray"), imports.value("cgroupArray"));
    case "xskmap":
      return untyped(imports.type("XskMap"), imports.value("xskMap"));
    case "devmap":
      return sized(imports.type("DevMap"), imports.value("devMap"), map);
    case "cpumap":
      return sized(imports.type("CpuMap"), imports.value("cpuMap"), map);
    case "sockmap":
      return sized(imports.type("SockMap"), imports.value("sockMap"), map);
    case "reuseport_sockarray":
      return sized(imports.type("ReuseportSockArray"), imports.value("reuseportSockArray"), map);
    case "stack_trace":
      return sized(imports.type("StackTraceMap"), imports.value("stackTraceMap"), map);
    case "sockhash": {
      const socketKey = key();
      return {
        type: `${imports.type("SockHash")}<${parameters([socketKey]).join(", ")}>`,
        descriptor: `${imports.value("sockHash")}(${socketKey.codec()}, ${map.valueSize})`,
      };
    }
    case "array_of_maps":
    case "hash_of_maps":
      return map.inner === undefined ? other(context, map) : mapOfMaps(context, map, map.inner, key);
    case "ringbuf":
      return ofEvents(context, map, event, imports.type("RingBuffer"), imports.value("ringBuffer"));
    case "user_ringbuf":
      return ofRecords(context, map, event, imports.type("UserRingBuffer"), imports.value("userRingBuffer"));
    case "perf_event_array":
      return ofEvents(context, map, event, imports.type("PerfEventArray"), imports.value("perfEventArray"));
    default:
      return other(context, map);
  }
}

/** A map without a class of its own. */
function other({ imports }: ModuleContext, map: MapModel): MapCode {
  return {
    type: imports.type("OtherMap"),
    descriptor: `${imports.value("otherMap")}(${quote(typeName(map))}, ${map.keySize}, ${map.valueSize})`,
  };
}

function mapOfMaps(context: ModuleContext, map: MapModel, inner: MapModel, key: () => CType): MapCode {
  const { imports } = context;
  const { type, descriptor } = mapClass(context, { ...inner, name: `${map.name}_inner` }, undefined);
  const members = [
    `descriptor: ${descriptor}`,
    ...(/^type_\d+$/.test(inner.typeName) ? [] : [`type: ${quote(inner.typeName)}`]),
    `maxEntries: ${inner.maxEntries}`,
    ...(inner.mapFlags === 0 ? [] : [`flags: ${inner.mapFlags}`]),
  ];
  const template = `{ ${members.join(", ")} }`;
  if (map.typeName === "array_of_maps")
    return {
      type: `${imports.type("ArrayOfMaps")}<${type}>`,
      descriptor: `${imports.value("arrayOfMaps")}(${template})`,
    };
  const outer = key();
  const [read = "", input] = parameters([outer]);
  return {
    type: `${imports.type("HashOfMaps")}<${[read, type, ...(input === undefined ? [] : [input])].join(", ")}>`,
    descriptor: `${imports.value("hashOfMaps")}(${outer.codec()}, ${template})`,
  };
}

function typeOrBytes(context: ModuleContext, id: TypeId | undefined, size: number, wanted: string): CType {
  const type = id === undefined ? undefined : cType(context, id, pascalCase(wanted));
  return type === undefined || "leftOut" in type || type.size !== size ? bytesType(context, size) : type;
}

/** A map with keys and values, or with values alone. */
function typed(type: string, descriptor: string, parts: readonly CType[]): MapCode {
  return {
    type: `${type}<${parameters(parts).join(", ")}>`,
    descriptor: `${descriptor}(${parts.map((part) => part.codec()).join(", ")})`,
  };
}

/** A map whose values are given and never read. */
function writtenOnly(type: string, descriptor: string, value: CType): MapCode {
  return { type: `${type}<${value.input()}>`, descriptor: `${descriptor}(${value.codec()})` };
}

/** A map whose keys and values are what the kernel says, whatever C calls them. */
function untyped(type: string, descriptor: string): MapCode {
  return { type, descriptor };
}

/** The same, of which C chooses among values of several sizes. */
function sized(type: string, descriptor: string, map: MapModel): MapCode {
  return { type, descriptor: `${descriptor}(${map.valueSize})` };
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

/** A map whose records are written, and never read. */
function ofRecords(
  context: ModuleContext,
  map: MapModel,
  event: MapEvent | undefined,
  type: string,
  descriptor: string,
): MapCode {
  const typeOf = (id: TypeId): CType | undefined => {
    const record = cType(context, id, pascalCase(`${map.name}_value`));
    return "leftOut" in record ? undefined : record;
  };
  if (event?.kind === "union") {
    const inputs = event.union.alternatives.map(({ type: id }) => typeOf(id)?.input() ?? "never");
    return { type: `${type}<${inputs.join(" | ")}>`, descriptor: `${descriptor}(${event.name})` };
  }
  const one = event === undefined ? undefined : typeOf(event.id);
  if (one === undefined) return { type: `${type}<Uint8Array>`, descriptor: `${descriptor}()` };
  return writtenOnly(type, descriptor, one);
}
