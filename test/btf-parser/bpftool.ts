/** BTF as `bpftool btf dump` prints it: the other opinion about every type. */
import { execFileSync } from "node:child_process";
import type { BtfType } from "tinybpf-btf";

/** A type in bpftool's JSON; numbers of enumerators as text, since they can have 64 bits. */
export type DumpedType = Readonly<globalThis.Record<string, unknown>>;

/**
 * All types of a file, as `bpftool -j btf dump file F format raw` has them, but for two faults of bpftool 7:
 * values of unsigned enums of 32 bits come sign-extended to 64, and a backslash comes as a newline.
 */
export function dumpTypes(file: string): readonly DumpedType[] {
  const output = execFileSync("bpftool", ["-j", "btf", "dump", "file", file, "format", "raw"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const exact = output.replaceAll(/"val":(-?\d+)/gu, '"val":"$1"');
  const dump = JSON.parse(exact) as { readonly types: readonly DumpedType[] };
  for (const type of dump.types) {
    if (type["kind"] !== "ENUM" || type["encoding"] !== "UNSIGNED") continue;
    for (const entry of type["values"] as { val: string }[]) {
      entry.val = String(BigInt.asUintN(32, BigInt(entry.val)));
    }
  }
  return dump.types;
}

function comparable(type: DumpedType | undefined): string | undefined {
  return JSON.stringify(type)?.replaceAll("\\\\", "\\n");
}

/** The same for a type of ours (tools/bpf/bpftool/btf.c, dump_btf_type). */
export function asDumped(type: BtfType): DumpedType {
  const name = type.name === "" ? "(anon)" : type.name;
  const head = { id: type.id, kind: type.kind, name };
  switch (type.kind) {
    case "INT":
      return {
        ...head,
        size: type.size,
        bits_offset: type.offset,
        nr_bits: type.bits,
        encoding: encodingOf(type),
      };
    case "ARRAY":
      return { ...head, type_id: type.type, index_type_id: type.indexType, nr_elems: type.nelems };
    case "STRUCT":
    case "UNION":
      return {
        ...head,
        size: type.size,
        vlen: type.members.length,
        members: type.members.map((member) => {
          const common = {
            name: member.name === "" ? "(anon)" : member.name,
            type_id: member.type,
            bits_offset: member.bitOffset,
          };
          return member.bitSize === 0 ? common : Object.assign(common, { bitfield_size: member.bitSize });
        }),
      };
    case "ENUM":
    case "ENUM64":
      return {
        ...head,
        encoding: type.signed ? "SIGNED" : "UNSIGNED",
        size: type.size,
        vlen: type.values.length,
        values: type.values.map(({ name: entry, value }) => ({ name: entry, val: String(value) })),
      };
    case "FWD":
      return { ...head, fwd_kind: type.of };
    case "FUNC_PROTO":
      return {
        ...head,
        ret_type_id: type.type,
        vlen: type.params.length,
        params: type.params.map((param) => ({
          name: param.name === "" ? "(anon)" : param.name,
          type_id: param.type,
        })),
      };
    case "FUNC":
    case "VAR":
      return { ...head, type_id: type.type, linkage: type.linkage };
    case "DATASEC":
      return {
        ...head,
        size: type.size,
        vlen: type.vars.length,
        vars: type.vars.map((info) => ({ type_id: info.type, offset: info.offset, size: info.size })),
      };
    case "FLOAT":
      return { ...head, size: type.size };
    case "DECL_TAG":
      return { ...head, type_id: type.type, component_idx: type.componentIdx };
    case "VOID":
      return head;
    default:
      return { ...head, type_id: type.type };
  }
}

function encodingOf(type: {
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
}): string {
  const names = [type.signed ? "SIGNED" : "", type.char ? "CHAR" : "", type.bool ? "BOOL" : ""].filter(
    Boolean,
  );
  if (names.length > 1) return "UNKN";
  return names[0] ?? "(none)";
}

/** The first types about which the two disagree, ready to be read. */
export function disagreements(
  types: Iterable<BtfType>,
  dumped: readonly DumpedType[],
): readonly { readonly ours: DumpedType | undefined; readonly bpftool: DumpedType | undefined }[] {
  const ours = Array.from(types, asDumped);
  const found = [];
  for (let index = 0; index < Math.max(ours.length, dumped.length) && found.length < 5; index++) {
    const one = ours[index];
    const other = dumped[index];
    // Property order is bpftool's in both.
    if (comparable(one) !== comparable(other)) found.push({ ours: one, bpftool: other });
  }
  return found;
}
