/** Programs and files whose names are no identifiers. */
import { copyFileSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { main } from "../../../src/codegen/cli.ts";
import { needs } from "../../btf-parser/needs.ts";
import { fixturePath, importModule, typeCheck, writeModule } from "../support.ts";
import { BPFTOOL, CLANG, OBJCOPY, Workshop } from "./clang.ts";
import { LIBBPF, expectOpens, generated } from "./skeleton.ts";

describe("programs", () => {
  const NAMES = ["9lives", "x.y", "a-b", "__double__under", "$jit", "sp ace", 'quo"te', "ünïcode"];

  test("of any name", async (context) => {
    needs(context, CLANG, OBJCOPY, BPFTOOL, LIBBPF);
    using workshop = new Workshop();
    const sources = NAMES.map(
      (_, index) => `SEC("socket") int program_${index}(struct __sk_buff *skb) { return 0; }`,
    );
    const path = workshop.compile(
      "names.bpf.o",
      `${sources.join("\n")}\nchar LICENSE[] SEC("license") = "GPL";`,
    );
    workshop.rename(path, ...NAMES.map((name, index) => `program_${index}=${name}`));
    const skeleton = await generated(path);
    expect(skeleton.object.programs.map(({ name }) => name).toSorted()).toEqual(NAMES.toSorted());
    expectOpens(skeleton);
  });

  test("renamed in C", async (context) => {
    needs(context, CLANG, LIBBPF);
    using workshop = new Workshop();
    const path = workshop.compile(
      "asm.bpf.o",
      `SEC("socket") int plain(struct __sk_buff *skb) __asm__("x.y");
       int plain(struct __sk_buff *skb) { return 0; }
       __u32 counter __asm__("count.er") = 5;
       SEC("xdp") int second(struct xdp_md *ctx) { return counter; }
       char LICENSE[] SEC("license") = "GPL";`,
    );
    const skeleton = await generated(path);
    expect(skeleton.object.programs.map(({ name }) => name)).toEqual(["x.y", "second"]);
    expect(skeleton.text).toContain('get "count.er"(): number {');
    expectOpens(skeleton);
  });
});

describe("files", () => {
  const FILES = [
    ["9lives.bpf.o", "9lives.skel.ts", "_9lives"],
    ["a-b__c.d.bpf.o", "a-b__c.d.skel.ts", "ABCD"],
    ["__x.bpf.o", "__x.skel.ts", "X"],
    [".hidden.bpf.o", ".hidden.skel.ts", "Hidden"],
    ["with space.bpf.o", "with space.skel.ts", "WithSpace"],
    ["class.bpf.o", "class.skel.ts", "Class"],
    ["object.bpf.o", "object.skel.ts", "Object2"],
    ["größe.o", "größe.skel.ts", "Größe"],
    ["名前.bpf.o", "名前.skel.ts", "名前"],
    ["%41#x?y.bpf.o", "%41#x?y.skel.ts", "_41XY"],
    ["---.bpf.o", "---.skel.ts", "Unnamed"],
    ["new\nline.bpf.o", "new\nline.skel.ts", "NewLine"],
    ['quo"te`${x}*.bpf.o', 'quo"te`${x}*.skel.ts', "QuoTe$X"],
  ] as const;

  const texts: string[] = [];

  test.for(FILES)("%j gives %j", async ([file, output, name]) => {
    using workshop = new Workshop();
    const path = workshop.path(file);
    copyFileSync(fixturePath("syscall.bpf.o"), path);
    for (const args of [[], ["--no-embed"]]) {
      let said = "";
      const say = (text: string): void => {
        said += text;
      };
      const code = await main([path, ...args], {
        out: say,
        err: say,
        interactive: false,
        colours: false,
        columns: 100,
      });
      expect({ code, lines: said.split("\n").length }).toEqual({ code: 0, lines: 2 });
      expect(readdirSync(workshop.folder).toSorted()).toEqual([file, output].toSorted());
      const text = readFileSync(workshop.path(output), "utf8");
      texts.push(text);
      expect(Object.keys(await importModule(text))).toContain(name);
    }
  });

  test("make modules that compile", () => {
    expect(texts).toHaveLength(2 * FILES.length);
    expect(typeCheck(texts.map(writeModule))).toBe("");
  });

  test("are written into the folder that was named, and nowhere else", async () => {
    using workshop = new Workshop();
    const folder = workshop.path("out");
    mkdirSync(folder);
    mkdirSync(workshop.path("in"));
    for (const [file] of FILES) copyFileSync(fixturePath("syscall.bpf.o"), workshop.path(`in/${file}`));
    const objects = FILES.map(([file]) => `${folder}/../in/${file}`);
    const terminal = { out: silent, err: silent, interactive: false, colours: false, columns: 100 };
    expect(await main([...objects, "-o", folder], terminal)).toBe(0);
    expect(readdirSync(folder).toSorted()).toEqual(FILES.map(([, output]) => output).toSorted());
    expect(readdirSync(workshop.path("in"))).toHaveLength(FILES.length);
    expect(readdirSync(workshop.folder).toSorted()).toEqual(["in", "out"]);
  });
});

function silent(): void {}
