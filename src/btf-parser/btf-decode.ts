/**
 * One record of a checked type section as an object. Lists of members are read when asked for: a type is then cheap
 * to look at, however many members it has and however often others refer to it.
 */
import { KINDS, kindFlagOf, kindOf, type TypeTable, vlenOf } from "./btf-index.ts";
import { BtfParseError } from "./errors.ts";
import { lazy } from "./lazy.ts";
import type {
  BtfType,
  Enumerator,
  FuncLinkage,
  Member,
  Param,
  SecInfo,
  TypeId,
  VarLinkage,
} from "./types.ts";
import { wordAt } from "./words.ts";

const LINKAGES: readonly (FuncLinkage & VarLinkage)[] = ["static", "global", "extern"];

/** `BTF_INT_SIGNED`, `BTF_INT_CHAR` and `BTF_INT_BOOL` */
const INT_SIGNED = 1;
const INT_CHAR = 2;
const INT_BOOL = 4;

/** Reads the record of `id`, an id of this table. */
export function decodeType(table: TypeTable, id: TypeId, string: (offset: number) => string): BtfType {
  const { words } = table;
  const start = wordAt(table.starts, id - table.firstId);
  const info = wordAt(words, start + 1);
  const vlen = vlenOf(info);
  const flag = kindFlagOf(info);
  const sizeOrType = wordAt(words, start + 2);
  const body = start + 3;
  const name = string(wordAt(words, start));
  const kind = KINDS[kindOf(info)];

  switch (kind) {
    case "INT": {
      const encoding = wordAt(words, body);
      const bit = (mask: number): boolean => ((encoding >>> 24) & mask) !== 0;
      return {
        kind,
        id,
        name,
        size: sizeOrType,
        bits: encoding & 0xff,
        offset: (encoding >>> 16) & 0xff,
        signed: bit(INT_SIGNED),
        char: bit(INT_CHAR),
        bool: bit(INT_BOOL),
      };
    }
    case "PTR":
    case "VOLATILE":
    case "CONST":
    case "RESTRICT":
      return { kind, id, name: "", type: sizeOrType };
    case "ARRAY":
      return {
        kind,
        id,
        name: "",
        type: wordAt(words, body),
        indexType: wordAt(words, body + 1),
        nelems: wordAt(words, body + 2),
      };
    case "STRUCT":
    case "UNION": {
      const list = lazy(() =>
        entries(vlen, body, 3, (at): Member => {
          const offset = wordAt(words, at + 2);
          return {
            name: string(wordAt(words, at)),
            type: wordAt(words, at + 1),
            bitOffset: flag ? offset & 0xff_ffff : offset,
            bitSize: flag ? offset >>> 24 : 0,
          };
        }),
      );
      return {
        kind,
        id,
        name,
        size: sizeOrType,
        kindFlag: flag,
        get members() {
          return list();
        },
      };
    }
    case "ENUM": {
      const list = lazy(() =>
        entries(vlen, body, 2, (at): Enumerator<number> => {
          const value = wordAt(words, at + 1);
          return { name: string(wordAt(words, at)), value: flag ? value | 0 : value };
        }),
      );
      return {
        kind,
        id,
        name,
        size: sizeOrType,
        signed: flag,
        get values() {
          return list();
        },
      };
    }
    case "ENUM64": {
      const list = lazy(() =>
        entries(vlen, body, 3, (at): Enumerator<bigint> => {
          const value = (BigInt(wordAt(words, at + 2)) << 32n) | BigInt(wordAt(words, at + 1));
          return { name: string(wordAt(words, at)), value: flag ? BigInt.asIntN(64, value) : value };
        }),
      );
      return {
        kind,
        id,
        name,
        size: sizeOrType,
        signed: flag,
        get values() {
          return list();
        },
      };
    }
    case "FWD":
      return { kind, id, name, of: flag ? "union" : "struct" };
    case "TYPEDEF":
      return { kind, id, name, type: sizeOrType };
    case "FUNC":
      return { kind, id, name, type: sizeOrType, linkage: LINKAGES[vlen] ?? "static" };
    case "FUNC_PROTO": {
      const list = lazy(() =>
        entries(vlen, body, 2, (at): Param => ({
          name: string(wordAt(words, at)),
          type: wordAt(words, at + 1),
        })),
      );
      return {
        kind,
        id,
        name: "",
        type: sizeOrType,
        get params() {
          return list();
        },
      };
    }
    case "VAR":
      return { kind, id, name, type: sizeOrType, linkage: LINKAGES[wordAt(words, body)] ?? "static" };
    case "DATASEC": {
      const list = lazy(() =>
        entries(vlen, body, 3, (at): SecInfo => ({
          type: wordAt(words, at),
          offset: wordAt(words, at + 1),
          size: wordAt(words, at + 2),
        })),
      );
      return {
        kind,
        id,
        name,
        size: sizeOrType,
        get vars() {
          return list();
        },
      };
    }
    case "FLOAT":
      return { kind, id, name, size: sizeOrType };
    case "DECL_TAG":
      return { kind, id, name, type: sizeOrType, attribute: flag, componentIdx: wordAt(words, body) | 0 };
    case "TYPE_TAG":
      return { kind, id, name, type: sizeOrType, attribute: flag };
    default:
      throw new BtfParseError("is of no known kind", { section: ".BTF", typeId: id });
  }
}

function entries<T>(count: number, start: number, words: number, read: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => read(start + index * words));
}
