/** Assigning what does not exist: without a compiler, nothing else tells of it. */
import { load, open } from "tinybpf/dynamic";
import { expect, test } from "vitest";
import { fixturePath } from "../btf-parser/fixtures.ts";
import { Globals } from "../golden/globals.skel.ts";
import { Maps } from "../golden/maps.skel.ts";
import { describeKernel, needsLibbpf } from "./require-kernel.ts";

/** As plain JavaScript assigns. */
function assign(object: object, name: string): () => void {
  return () => {
    (object as Record<string, unknown>)[name] = 3;
  };
}

describeKernel("assigning a member that does not exist", () => {
  test("to an opened skeleton, its maps, programs and globals", (context) => {
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    using opened = Maps.open();
    const [program] = Object.values(opened.programs);
    for (const object of [opened, opened.maps, opened.maps.hash, opened.programs, program ?? opened])
      expect(assign(object, "nosuch")).toThrow(TypeError);
    using globals = Globals.open();
    expect(assign(globals.data, "nosuch")).toThrow(TypeError);
    expect(assign(globals.rodata, "nosuch")).toThrow(TypeError);
  });

  test("to a loaded skeleton, its maps, programs and globals", (context) => {
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    using maps = Maps.load();
    for (const object of [maps, maps.maps, maps.programs])
      expect(assign(object, "nosuch")).toThrow(TypeError);
    expect(assign(maps.maps, "hash")).toThrow(TypeError);
    using globals = Globals.load();
    for (const section of [globals.data, globals.bss, globals.rodata])
      expect(assign(section, "nosuch")).toThrow(TypeError);
    globals.data.ratio = 2;
    expect(globals.data.ratio).toBe(2);
  });

  test("without generated code", (context) => {
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    using opened = open(fixturePath("globals.bpf.o"));
    expect(assign(opened.globals, "ratio")).toThrow(TypeError);
    using loaded = load(fixturePath("globals.bpf.o"));
    expect(assign(loaded.globals, "ratio")).toThrow(TypeError);
    expect(assign(loaded.maps, "nosuch")).toThrow(TypeError);
  });
});
