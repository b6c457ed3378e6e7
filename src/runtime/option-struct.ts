/**
 * The option structs of libbpf, written into memory by ourselves. koffi would do it from objects, whose members it asks for by
 * calls that fail while the environment of a terminated worker thread is stopped, and then writes to nowhere (Node, js_native_api_v8.h,
 * NAPI_PREAMBLE).
 */
import { type Address, type CType, type StructName, structs } from "./c.ts";
import { allocate, type Memory, recycle, setPointer } from "./native.ts";

interface Member {
  readonly name: string;
  readonly type: CType;
  readonly at: number;
}

interface Layout {
  readonly members: readonly Member[];
  /** Up to the end of the last member. */
  readonly size: number;
}

/** Every struct begins with `size_t sz`. */
const SZ_SIZE = 8;

const layouts = new Map<StructName, Layout>();

/** As compilers lay structs out on x86-64 and arm64: each member at a multiple of its own size. */
function layoutOf(name: StructName): Layout {
  const known = layouts.get(name);
  if (known !== undefined) return known;
  const members: Member[] = [];
  let size = SZ_SIZE;
  for (const [member, type] of Object.entries(structs[name])) {
    const width = sizeOf(type);
    const at = Math.ceil(size / width) * width;
    members.push({ name: member, type, at });
    size = at + width;
  }
  const layout = { members, size };
  layouts.set(name, layout);
  return layout;
}

function sizeOf(type: CType): number {
  if (type === "bool") return 1;
  return type === "int" || type === "__u32" ? 4 : 8;
}

/** A struct in memory, with the strings that it points to, until it is released. */
export interface OptionStruct {
  readonly address: Address;
  release(): void;
}

/**
 * Writes a struct. `sz` tells libbpf where ours ends, so it is the end of the last member; the padding in front of that is 0:
 * OPTS_VALID (libbpf_internal.h) refuses a struct whose bytes beyond what it knows are not.
 */
export function writeOptions(name: StructName, value: object): OptionStruct {
  const { members, size } = layoutOf(name);
  const memory = allocate(size);
  memory.view.setBigUint64(0, BigInt(size), true);
  const all = [memory];
  for (const { name: member, type, at } of members)
    writeMember(memory, at, type, Reflect.get(value, member), all);
  return {
    address: memory.address,
    release() {
      for (const each of all) recycle(each);
    },
  };
}

function writeMember(memory: Memory, at: number, type: CType, value: unknown, all: Memory[]): void {
  const { view } = memory;
  if (typeof value === "string") {
    const text = cStringIn(value);
    all.push(text);
    setPointer(memory, at, text.address);
  } else if (type === "bool") view.setUint8(at, value === true ? 1 : 0);
  else if (type === "int") view.setInt32(at, Number(value), true);
  else if (type === "__u32") view.setUint32(at, Number(value), true);
  else if (type === "size_t" || type === "__u64")
    view.setBigUint64(at, BigInt(value as number | bigint), true);
  else setPointer(memory, at, value as Address | null);
}

function cStringIn(text: string): Memory {
  const bytes = new TextEncoder().encode(text);
  const memory = allocate(bytes.length + 1);
  memory.bytes.set(bytes);
  return memory;
}
