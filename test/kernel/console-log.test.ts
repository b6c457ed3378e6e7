/** What `console.log` shows of our objects, in every state: never an error, never memory that is gone. */
import { inspect } from "node:util";
import { createMap, hashMap, le } from "tinybpf";
import { Cursor } from "tinybpf/gen-v1";
import { load, open } from "tinybpf/dynamic";
import { expect, test } from "vitest";
import { fixturePath } from "../btf-parser/fixtures.ts";
import { Exec } from "../golden/exec.skel.ts";
import { Config, ConfigView, Globals } from "../golden/globals.skel.ts";
import { KconfigKsyms } from "../golden/kconfig_ksyms.skel.ts";
import { Maps } from "../golden/maps.skel.ts";
import { UserRingbuf } from "../golden/user_ringbuf.skel.ts";
import { RawTp } from "../golden/raw_tp.skel.ts";
import { describeKernel, needsLibbpf } from "./require-kernel.ts";
import { linux, needsKernel } from "./this-kernel.ts";

/** On one line, with descriptors as `N`. */
function shown(value: unknown): string {
  return inspect(value, { breakLength: Infinity })
    .replaceAll(/\s+/g, " ")
    .replaceAll(/fd: \d+/g, "fd: N");
}

describeKernel("console.log", () => {
  test("of a skeleton, its maps and programs", () => {
    const exec = Exec.load({ maps: { per_pid: { maxEntries: 99 } } });
    expect(shown(exec)).toBe("Exec { maps: [ 'per_pid', 'events' ], programs: [ 'on_exec' ], links: [] }");
    const { per_pid: map, events } = exec.maps;
    const { on_exec: program } = exec.programs;
    expect(shown(map)).toBe(
      "HashMap { name: 'per_pid', type: 'hash', fd: N, keySize: 4, valueSize: 16, maxEntries: 99, flags: 0 }",
    );
    expect(shown(events)).toMatch(/^RingBuffer \{ name: 'events', type: 'ringbuf', fd: N,/);
    expect(shown(program)).toBe(
      `TracepointProgram { name: 'on_exec', section: '${program.section}', type: 'tracepoint', fd: N }`,
    );
    exec.close();
    expect(shown(exec)).toMatch(/^Exec \{ closed: true, maps: /);
    expect(shown(map)).toMatch(/^HashMap \{ name: 'per_pid', type: 'hash', closed: true,/);
    expect(shown(program)).toMatch(/type: 'tracepoint', closed: true \}$/);
  });

  test("of links", () => {
    using raw = RawTp.load();
    const [program] = Object.values(raw.programs);
    const link = program?.attach("sys_enter");
    expect(shown(link)).toMatch(/^Link \{ title: '.*sys_enter', fd: N \}$/);
    expect(shown(raw)).toMatch(/links: \[ '.*sys_enter' \] \}$/);
    link?.close();
    expect(shown(link)).toMatch(/^Link \{ title: '.*sys_enter', closed: true \}$/);
  });

  test("of what is only opened", () => {
    const opened = Exec.open();
    const { maps, programs } = opened;
    expect(shown(opened)).toBe("OpenExec { maps: [ 'per_pid', 'events' ], programs: [ 'on_exec' ] }");
    expect(shown(maps.per_pid)).toMatch(
      /^OpenMap \{ name: 'per_pid', type: 'hash', keySize: 4, .*autocreate: true/,
    );
    expect(shown(programs.on_exec)).toMatch(
      /^OpenProgram \{ name: 'on_exec', .*autoload: true, .*logLevel: 0 \}$/,
    );
    opened.close();
    expect(shown(opened)).toMatch(/^OpenExec \{ closed: true,/);
    expect(shown(maps.per_pid)).toBe("OpenMap { name: 'per_pid', closed: true }");
    expect(shown(programs.on_exec)).toMatch(
      /^OpenProgram \{ name: 'on_exec', section: '.*', closed: true \}$/,
    );
  });

  test("of global variables", (context) => {
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    const exec = Exec.open({});
    exec.rodata.target_ppid = 5;
    expect(shown(exec.rodata)).toMatch(/^ExecRodata \{.* target_ppid: 5[ ,]/);
    const { rodata } = exec;
    const loaded = exec.load();
    expect(shown(rodata)).toMatch(/^ExecRodata \{.* target_ppid: 5[ ,]/);
    expect(shown(loaded.bss)).toMatch(/^ExecBss \{ hits: 0n/);
    const { bss } = loaded;
    loaded.close();
    expect(shown(rodata)).toBe("ExecRodata { closed: true }");
    expect(shown(bss)).toBe("ExecBss { closed: true }");
    using globals = Globals.load();
    for (const section of [globals.data, globals.bss, globals.rodata])
      expect(shown(section)).toMatch(/^Globals\w+ \{ \w/);
    using kernel = KconfigKsyms.load({ kconfig: "CONFIG_HZ=123" });
    expect(shown(kernel.kconfig)).toContain("CONFIG_HZ: 123");
  });

  test("of maps on their own, nested, and of classes", () => {
    const map = createMap(hashMap(le.u32, le.u64), { name: "own", maxEntries: 3 });
    expect(shown({ a: { b: map } })).toMatch(
      /^\{ a: \{ b: HashMap \{ name: 'own', .*maxEntries: 3, flags: 0 \} \} \}$/,
    );
    expect(shown({ a: { b: { c: map } } })).toBe("{ a: { b: { c: [HashMap] } } }");
    map.close();
    expect(shown(map)).toContain("closed: true");
    expect(() => inspect(Object.getPrototypeOf(map))).not.toThrow();
    using maps = Maps.load({ maps: { lru: { autocreate: false } } });
    expect(shown(maps.maps.lru)).toContain("created: false");
    for (const each of Object.values(maps.maps))
      expect(shown(each)).toMatch(/^\w+ \{ name: '\w+', type: '\w+',/);
  });

  test("of views and arrays in them", (context) => {
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    const view = Config.view(Config.encode({ limit: 7, mask: 2n ** 60n, name: "x", table: [1, 2, 3] }));
    expect(shown(view)).toBe(
      "ConfigView { limit: 7, mask: 1152921504606846976n, name: 'x', table: ArrayView [ 1, 2, 3 ] }",
    );
    expect(JSON.stringify(view)).toBe('{"limit":7,"mask":"1152921504606846976","name":"x","table":[1,2,3]}');
    expect(() => shown(ConfigView.prototype)).not.toThrow();
    using opened = open(fixturePath("globals.bpf.o"));
    const codec = opened.btf.struct("config");
    expect(shown(codec.view(new Uint8Array(codec.size)))).toMatch(/^view of struct config \{ limit: 0,/);
  });

  test("of a view whose event is over", (context) => {
    needsKernel(context, linux("6.1"));
    using rings = UserRingbuf.load();
    expect(shown(rings.maps.commands)).toMatch(/^UserRingBuffer/);
    const cursor = new Cursor(new DataView(new ArrayBuffer(64)), 0);
    const view = new ConfigView(cursor);
    const { table } = view;
    cursor.close("the event");
    expect(shown(view)).toBe("ConfigView { closed: true }");
    expect(shown(table)).toBe("ArrayView { closed: true }");
  });

  test("of types", (context) => {
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    using opened = open(fixturePath("globals.bpf.o"));
    expect(shown(opened.btf.type("config"))).toMatch(
      /^\{ kind: 'struct', name: 'struct config', size: \d+, align: 8, fields: \[ \{ name: 'limit', type: \[Object\], offset: 0/,
    );
    using pointers = open(fixturePath("pointers.bpf.o"));
    expect(inspect(pointers.btf.type("list"), { depth: 5 })).toContain("target: 'struct list'");
  });

  test("JSON.stringify gives facts and variables", (context) => {
    needsLibbpf(context, "1.1", "sections of .bss by other names");
    using globals = Globals.load();
    const data: unknown = JSON.parse(JSON.stringify(globals.data));
    expect(data).toMatchObject({ seeded: "1234605616436508552", ratio: 0.5, settings: { limit: 10 } });
    expect(JSON.parse(JSON.stringify(globals.bss))).toMatchObject({ histogram: [0, 0, 0, 0, 0, 0, 0, 0] });
    using exec = Exec.load();
    expect(JSON.parse(JSON.stringify(exec))).toEqual({
      maps: ["per_pid", "events"],
      programs: ["on_exec"],
      links: [],
    });
    expect(JSON.parse(JSON.stringify(exec.maps))).toMatchObject({
      per_pid: { name: "per_pid", type: "hash" },
    });
  });

  test("without generated code", () => {
    using opened = open(fixturePath("exec.bpf.o"));
    expect(shown(opened)).toMatch(/^OpenObject \{ source: 'exec.bpf.o', maps: \[/);
    const loaded = load(fixturePath("exec.bpf.o"));
    expect(shown(loaded)).toMatch(/^LoadedObject \{ source: 'exec.bpf.o', maps: \[.*links: \[\] \}$/);
    expect(shown(loaded.globals)).toMatch(/^DynamicGlobals \{.*hits: 0n/);
    loaded.close();
    expect(shown(loaded)).toContain("closed: true");
    expect(shown(loaded.globals)).toBe("DynamicGlobals { closed: true }");
  });
});
