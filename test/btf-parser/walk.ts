/** Visits everything a model offers and checks that what it says is possible. */
import assert from "node:assert/strict";
import {
  type BpfObject,
  type Btf,
  type BtfType,
  formatDeclaration,
  formatDefinition,
  formatType,
  isParseError,
  layoutOf,
  type MapModel,
  alignOf,
  sizeOf,
  type TypeId,
} from "../../src/btf-parser/index.ts";

/**
 * Walks through a model.
 *
 * Types can be endless or contradict each other without being malformed: then the questions about them have one of
 * the two errors as an answer. Any other error is thrown on.
 *
 * @returns how many questions got an answer and how many an error
 */
export function walk(object: BpfObject): { readonly answers: number; readonly errors: number } {
  const walker = new Walker(object);
  walker.all();
  return walker;
}

class Walker {
  readonly #object: BpfObject;
  answers = 0;
  errors = 0;

  constructor(object: BpfObject) {
    this.#object = object;
  }

  all(): void {
    const { btf, elf } = this.#object;
    if (btf !== undefined) for (const type of btf.types()) this.#type(btf, type);
    for (const section of elf.sections) {
      assert(section.data.length <= this.#object.bytes.length);
      this.#ask(() => elf.relocations(section).length);
      assert(elf.symbolsIn(section.index).every((symbol) => symbol.sectionIndex === section.index));
    }
    for (const symbol of elf.symbols) assert(Number.isSafeInteger(symbol.value + symbol.size));
    this.#ext();
    this.#programs();
    for (const map of this.#object.maps) this.#map(map);
    this.#sections();
    this.#rest();
  }

  /** The answer, or undefined when it is one of our errors. */
  #ask<T>(question: () => T): T | undefined {
    try {
      const answer = question();
      this.answers++;
      return answer;
    } catch (error) {
      if (!isParseError(error)) throw error;
      assert(error.message.length > 0);
      this.errors++;
      return undefined;
    }
  }

  #exists(id: TypeId | undefined): void {
    const { btf } = this.#object;
    if (id === undefined) return;
    assert(btf !== undefined && Number.isInteger(id) && id >= 0 && id < btf.typeCount, `id ${id}`);
  }

  #type(btf: Btf, type: BtfType): void {
    for (const id of referencesOf(type)) this.#exists(id);
    if (type.name !== "" && !type.name.includes("\ufffd")) {
      const found = btf.find(type.name, type.kind);
      assert(found !== undefined && found.id <= type.id && found.name === type.name, `find ${type.name}`);
      assert(btf.findAll(type.name, type.kind).some((same) => same.id === type.id));
    }
    this.#ask(() => btf.resolve(type.id).kind);
    this.#ask(() => btf.tags(type.id).join());
    this.#ask(() => formatType(btf, type.id).length);
    this.#ask(() => formatDeclaration(btf, type.id, "name").length);
    this.#ask(() => formatDefinition(btf, type.id).length);
    this.#ask(() => formatDefinition(btf, type.id, { offsets: true }).length);
    const size = this.#ask(() => sizeOf(btf, type.id));
    if (size !== undefined) assert(Number.isSafeInteger(size) && size >= 0, `size ${size}`);
    const align = this.#ask(() => alignOf(btf, type.id));
    if (align !== undefined) assert([1, 2, 4, 8, 16].includes(align), `align ${align}`);
    const layout = this.#ask(() => layoutOf(btf, type.id));
    if (layout === undefined) return;
    for (const field of layout.fields) {
      const bits = field.bitSize === 0 ? field.size * 8 : field.bitSize;
      assert(field.offset >= 0 && field.bitOffset + bits <= layout.size * 8, `field ${field.name}`);
    }
    assert(layout.holes.every((hole) => hole.bits > 0 && hole.bitOffset + hole.bits <= layout.size * 8));
    assert(layout.padding >= 0 && layout.bitPadding >= 0 && layout.padding <= layout.size);
  }

  #ext(): void {
    const ext = this.#object.btfExt;
    if (ext === undefined) return;
    for (const section of ext.funcInfo) for (const record of section) this.#exists(record.type);
    for (const section of ext.lineInfo) {
      for (const record of section)
        assert(record.line >= 0 && typeof record.text + typeof record.file !== "");
    }
    for (const section of ext.coreRelos) {
      for (const record of section) {
        this.#exists(record.type);
        assert.equal(typeof record.access, "string");
      }
    }
  }

  #programs(): void {
    for (const program of this.#object.programs) {
      assert(Number.isInteger(program.insnCount) && program.insnCount > 0);
      assert(program.insnCount * 8 <= this.#object.bytes.length);
      assert(program.section.length >= program.kind.definition.length);
      this.#exists(program.func);
    }
  }

  #map(map: MapModel): void {
    for (const id of [map.keyType, map.valueType, map.variable]) this.#exists(id);
    for (const number of [map.type, map.keySize, map.valueSize, map.maxEntries, map.mapFlags]) {
      assert(Number.isSafeInteger(number) && number >= 0);
    }
    assert(map.mapExtra >= 0n && map.mapExtra < 1n << 64n);
    assert(map.values.every((slot) => Number.isInteger(slot.index) && slot.index >= 0));
    if (map.inner !== undefined) this.#map(map.inner);
  }

  #sections(): void {
    const { globals, arena } = this.#object;
    for (const section of arena === undefined ? globals : [...globals, arena]) {
      for (const variable of section.variables) {
        this.#exists(variable.type);
        assert(variable.offset >= 0 && variable.offset + variable.size <= section.size, variable.name);
      }
      const bytes = this.#ask(() => section.initial);
      if (bytes !== undefined) assert.equal(bytes.length, section.size);
    }
  }

  #rest(): void {
    const { externs, structOps, license, kernelVersion } = this.#object;
    for (const { type } of externs) this.#exists(type);
    for (const { type, programs } of structOps) {
      this.#exists(type);
      assert(
        programs.every(({ member, program }) => typeof member === "string" && typeof program === "string"),
      );
    }
    assert(license === undefined || !license.includes("\0"));
    assert(kernelVersion === undefined || Number.isSafeInteger(kernelVersion));
  }
}

function referencesOf(type: BtfType): readonly TypeId[] {
  switch (type.kind) {
    case "ARRAY":
      return [type.type, type.indexType];
    case "STRUCT":
    case "UNION":
      return type.members.map((member) => member.type);
    case "FUNC_PROTO":
      return [type.type, ...type.params.map((param) => param.type)];
    case "DATASEC":
      return type.vars.map((info) => info.type);
    case "PTR":
    case "TYPEDEF":
    case "VOLATILE":
    case "CONST":
    case "RESTRICT":
    case "FUNC":
    case "VAR":
    case "DECL_TAG":
    case "TYPE_TAG":
      return [type.type];
    default:
      return [];
  }
}
