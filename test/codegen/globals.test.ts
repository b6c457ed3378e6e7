/** Global variables: read and written where clang put them, all of a value or nothing. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/runtime/errors.ts";
import { ExecRodata } from "../golden/exec.skel.ts";
import {
  GlobalsData,
  GlobalsDataCustom,
  GlobalsRodata,
  GlobalsRodataTuning,
} from "../golden/globals.skel.ts";
import { ScalarsBeData } from "../golden/scalars.be.skel.ts";
import { ScalarsData } from "../golden/scalars.skel.ts";
import { other } from "./cells/compiled.ts";
import { initialBytes, memoryOf } from "./support.ts";

const scalars = {
  global_char: 99,
  global_bool: true,
  global_s8: -8,
  global_u16: 0x1234,
  global_s32: -32,
  global_u64: 0x123456789abcdef0n,
  global_s128: -128n,
  global_float: 1.5,
  global_double: -2.25,
  global_holes: { a: 1, b: 2n, c: 3, d: 4, e: 5 },
};

const config = { limit: 10, mask: 0xff00ff00ff00ff00n, name: "config", table: Int16Array.of(1, -2, 3) };
const empty = { mask: 0n, name: "", table: new Int16Array(3) };

const cases = [
  { fixture: "scalars.bpf.o", section: ".data", Class: ScalarsData, values: scalars },
  { fixture: "scalars.be.bpf.o", section: ".data", Class: ScalarsBeData, values: scalars },
  {
    fixture: "globals.bpf.o",
    section: ".data",
    Class: GlobalsData,
    values: {
      seeded: 0x1122334455667788n,
      settings: config,
      label: "label",
      mode: 3,
      ratio: 0.5,
      pair: [
        { limit: 1, ...empty },
        { limit: 2, ...empty },
      ],
    },
  },
  {
    fixture: "globals.bpf.o",
    section: ".rodata",
    Class: GlobalsRodata,
    values: {
      target_pid: 42,
      limits: { ...empty, limit: 7, name: "limits" },
      prefix: "abc",
      negative: -1n,
      zero_rodata: 0,
    },
  },
  {
    fixture: "globals.bpf.o",
    section: ".data.custom",
    Class: GlobalsDataCustom,
    values: { custom: 77, custom_config: { limit: 78, ...empty } },
  },
  {
    fixture: "globals.bpf.o",
    section: ".rodata.tuning",
    Class: GlobalsRodataTuning,
    values: { tuning: 99 },
  },
];

describe.each(cases)("$fixture $section", ({ fixture, section, Class, values }) => {
  const initial = initialBytes(fixture, section);

  test.each(Object.entries(values))("%s is read as C has it", (name, value) => {
    expect(Reflect.get(new Class(memoryOf(initial)), name)).toEqual(value);
  });

  test.each(Object.entries(values))("%s is written as C has it, and nothing else", (name, value) => {
    const memory = memoryOf(initial);
    const target = new Class(memory);
    Reflect.set(target, name, other(value));
    expect(memory.bytes).not.toEqual(initial);
    Reflect.set(target, name, value);
    expect(memory.bytes).toEqual(initial);
  });
});

describe("what does not fit", () => {
  test("an error names the variable", () => {
    const data = new GlobalsData(memoryOf(initialBytes("globals.bpf.o", ".data")));
    expect(() => {
      data.settings = { limit: 1, mask: 1n, name: "much too long", table: [1, 2, 3] };
    }).toThrow("settings.name: 13 bytes of UTF-8 are too long for char[8]");
    expect(() => {
      data.pair = [{ limit: -1, mask: 1n, name: "", table: [1, 2, 3] }, data.settings];
    }).toThrow("pair[0].limit: -1 is out of range for __u32");
  });

  test("of a value that does not fit nothing is written", () => {
    const memory = memoryOf(initialBytes("globals.bpf.o", ".data"));
    const before = memory.bytes.slice();
    const data = new GlobalsData(memory);
    expect(() => {
      data.settings = { limit: 9, mask: 9n, name: "", table: [9, 9, 70_000] };
    }).toThrow("settings.table[2]: 70000 is out of range for __s16");
    expect(() => {
      data.label = "far too long";
    }).toThrow("label");
    expect(memory.bytes).toEqual(before);
  });

  test("writing goes through the memory that may refuse it", () => {
    const memory = memoryOf(new Uint8Array(8));
    const refusing = new Proxy(new DataView(new ArrayBuffer(0)), {
      get() {
        throw new ValueError("the section is frozen");
      },
    });
    memory.move(new DataView(new ArrayBuffer(8)), refusing);
    const frozen = new ExecRodata(memory);
    expect(frozen.target_ppid).toBe(0);
    expect(() => {
      frozen.target_ppid = 1;
    }).toThrow("frozen");
  });
});
