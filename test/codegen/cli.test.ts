/** The command line, run in this process on copies of fixtures in a folder of its own. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main } from "../../src/codegen/cli.ts";
import { objectFile } from "../../src/runtime/object-source.ts";
import { fixturePath } from "./support.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tinybpf-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The path of a file in the test's folder. */
function at(name: string): string {
  return join(folder, name);
}

/** A copy of a fixture. */
function object(fixture: string, name = fixture): string {
  const path = at(name);
  copyFileSync(fixturePath(fixture), path);
  return path;
}

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  args: readonly string[],
  terminal: { interactive?: boolean; colours?: boolean } = {},
): Promise<Result> {
  let out = "";
  let err = "";
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    interactive: false,
    colours: false,
    columns: 100,
    ...terminal,
  });
  return { code, out, err };
}

describe("text", () => {
  test("--help shows every option and the exit codes", async () => {
    const { code, out, err } = await run(["--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const option of [
      "--output",
      "--name",
      "--type",
      "--event",
      "--embed",
      "--import-ext",
      "--target",
      "--stdout",
      "--check",
      "--version",
    ])
      expect(out).toContain(option);
    expect(out).toContain(
      "Exit codes: 0 done; 1 an object failed, or --check found a difference; 2 wrong usage.",
    );
    expect(out.split("\n").every((line) => line.length <= 100)).toBe(true);
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync("src/codegen/package.json", "utf8")) as { version: string };
    expect(await run(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });
});

describe("wrong usage exits with 2, says what is wrong and writes nothing", () => {
  test.each([
    [[], "no object given"],
    [["--chekc", "exec.bpf.o"], "unknown option --chekc; did you mean --check?"],
    [["--no-embde", "exec.bpf.o"], "unknown option --no-embde; did you mean --no-embed?"],
    [["--frobnicate", "exec.bpf.o"], "unknown option --frobnicate\n"],
    [["-x", "exec.bpf.o"], "unknown option -x"],
    [["-check", "exec.bpf.o"], "unknown option -check; did you mean --check?"],
    [
      ["--check=1", "exec.bpf.o"],
      "--check takes no value: --check=1 is neither --check=true nor --check=false",
    ],
    [["--check=yes", "exec.bpf.o"], "--check takes no value"],
    [["--stdout=1", "exec.bpf.o"], "--stdout takes no value"],
    [["--embed=0", "exec.bpf.o"], "--embed takes no value"],
    [["--no-embed=x", "exec.bpf.o"], "--no-embed takes no value, but there is --no-embed=x"],
    [["--no-output", "exec.bpf.o"], "there is no --no-output: --output takes a value"],
    [["--no-type", "exec.bpf.o"], "there is no --no-type: --type takes a value"],
    [["--output.x=1", "exec.bpf.o"], "unknown option --output.x"],
    [["--constructor", "x", "exec.bpf.o"], "unknown option --constructor\n"],
    [["--toString", "x", "exec.bpf.o"], "unknown option --toString\n"],
    [["--__proto__", "x", "exec.bpf.o"], "unknown option --__proto__\n"],
    [["--constructor.x=1", "exec.bpf.o"], "unknown option --constructor.x\n"],
    [["exec.bpf.o", "--name", "any"], `--name "any" is a word of TypeScript's type language`],
    [["exec.bpf.o", "--event", "a=x", "--event", "a=y"], '--event "a" is given twice: "x" and "y"'],
    [["exec.bpf.o", "--name"], "name"],
    [["exec.bpf.o", "--name", "a b"], '--name "a b" is no name for a class'],
    [["exec.bpf.o", "--name", "A", "--name", "B"], "--name is given 2 times"],
    [["exec.bpf.o", "xdp.bpf.o", "--name", "A"], "--name is for one object"],
    [["exec.bpf.o", "--event", "events"], '--event "events" is not of the form map=struct'],
    [["exec.bpf.o", "--import-ext", "jss"], '--import-ext "jss" is none of js, ts, none; did you mean js?'],
    [["exec.bpf.o", "xdp.bpf.o", "--stdout"], "--stdout is for one object"],
    [["exec.bpf.o", "--stdout", "--check"], "exclude each other"],
    [["exec.bpf.o", "--stdout", "-o", "x"], "exclude each other"],
    [["exec.bpf.o", "xdp.bpf.o", "-o", "both.ts"], "both.ts is a file, but several objects are given"],
    [["a/exec.bpf.o", "b/exec.bpf.o", "-o", "out"], "would both be written to out/exec.skel.ts"],
    [["exec.bpf.o", "-o", "out.js"], "--output out.js is a JavaScript file; for one, say --target js"],
    [["exec.bpf.o", "-o", "out.mjs"], "for one, say --target js"],
    [["exec.bpf.o", "-o", "out.d.ts"], "--output out.d.ts is a file of declarations"],
    [
      ["exec.bpf.o", "-o", "out.ts", "--target", "js"],
      "--output out.ts is a TypeScript file, but --target js writes JavaScript; name a .js or .mjs file",
    ],
    [["exec.bpf.o", "-o", "out.mts", "--target", "js"], "is a TypeScript file"],
    [["exec.bpf.o", "-o", "out.d.ts", "--target", "js"], "is a file of declarations"],
    [
      ["exec.bpf.o", "-o", "out.cjs", "--target", "js"],
      "skeletons are ES modules, which a .cjs file cannot be; name a .js or .mjs file",
    ],
    [
      ["exec.bpf.o", "-o", "out.cts"],
      "skeletons are ES modules, which a .cts file cannot be; name a .ts or .mts file",
    ],
    [["exec.bpf.o", "xdp.bpf.o", "-o", "both.js", "--target", "js"], "both.js is a file, but several"],
    [["exec.bpf.o", "--target", "jss"], '--target "jss" is none of ts, js; did you mean js?'],
    [["exec.bpf.o", "--target", "js", "--import-ext", "ts"], "there is no .ts file to import"],
  ])("%j", async (args, message) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
    expect(err).toContain("Try tinybpf-gen --help.");
  });
});

describe("switches may be spelled out", () => {
  test.each([["--check=false"], ["--no-check"], ["--stdout=false"], ["--embed=true"]])("%s", async (word) => {
    expect((await run([word, object("exec.bpf.o")])).out).toMatch(/^wrote /);
  });

  test("--check=true", async () => {
    expect((await run(["--check=true", object("exec.bpf.o")])).err).toContain("is missing");
  });
});

describe("writing", () => {
  test("goes beside the object and says what there is", async () => {
    const path = object("exec.bpf.o");
    expect(await run([path])).toEqual({
      code: 0,
      out: `wrote ${at("exec.skel.ts")} (2 types, 2 maps, 1 program)\n`,
      err: "",
    });
    expect(readFileSync(at("exec.skel.ts"), "utf8")).toContain("export const Exec: SkeletonClass<");
    expect(readdirSync(folder).sort()).toEqual(["exec.bpf.o", "exec.skel.ts"]);
  });

  test("leaves what is up to date alone", async () => {
    const path = object("exec.bpf.o");
    await run([path]);
    const before = statSync(at("exec.skel.ts"), { bigint: true });
    expect((await run([path])).out).toBe(`unchanged ${at("exec.skel.ts")}\n`);
    const after = statSync(at("exec.skel.ts"), { bigint: true });
    expect([after.mtimeNs, after.ino]).toEqual([before.mtimeNs, before.ino]);
  });

  test("-o names a file or a folder, which is made", async () => {
    const path = object("exec.bpf.o");
    await run([path, "-o", at("deep/down/bpf.ts")]);
    await run([path, "-o", at("other/folder")]);
    expect(existsSync(at("deep/down/bpf.ts"))).toBe(true);
    expect(existsSync(at("other/folder/exec.skel.ts"))).toBe(true);
  });

  test.each([["-o"], ["-o="]])("%sfile is -o file", async (option) => {
    const { code } = await run([object("exec.bpf.o"), `${option}${at("bpf.ts")}`]);
    expect({ code, written: existsSync(at("bpf.ts")) }).toEqual({ code: 0, written: true });
  });

  test("what stands behind -- is an object", async () => {
    const { code, err } = await run(["--", "--check"]);
    expect({ code, err }).toEqual({ code: 1, err: "--check: there is no such file\n" });
  });

  test("--stdout prints and writes nothing", async () => {
    const path = object("exec.bpf.o");
    const { code, out, err } = await run(["--stdout", path]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^\/\/ Generated by tinybpf-gen .* from exec\.bpf\.o\./);
    expect(readdirSync(folder)).toEqual(["exec.bpf.o"]);
  });

  test("the object's name cannot lead out of the folder", async () => {
    const path = object("exec.bpf.o", "..x`${1}\n'.bpf.o");
    expect((await run([path])).code).toBe(0);
    expect(readdirSync(folder)).toContain("..x`${1}\n'.skel.ts");
    expect(readFileSync(at("..x`${1}\n'.skel.ts"), "utf8")).toContain("export const X$1: SkeletonClass<X$1,");
  });

  test("is formatted as the user's project formats", async () => {
    const path = object("exec.bpf.o");
    writeFileSync(at(".prettierrc.json"), '{ "semi": false, "useTabs": true }');
    await run([path]);
    const text = readFileSync(at("exec.skel.ts"), "utf8");
    expect(text).toContain("\treadonly #c: Cursor\n");
    expect(text).toContain('} from "tinybpf/gen-v1"\n');
  });
});

describe("--target js", () => {
  test("writes the module and its declarations beside the object", async () => {
    const path = object("exec.bpf.o");
    const files = `${at("exec.skel.js")}, ${at("exec.skel.d.ts")}`;
    expect(await run([path, "--target", "js"])).toEqual({
      code: 0,
      out: `wrote ${files} (2 types, 2 maps, 1 program)\n`,
      err: "",
    });
    expect(readdirSync(folder).sort()).toEqual(["exec.bpf.o", "exec.skel.d.ts", "exec.skel.js"]);
    expect((await run([path, "--target", "js"])).out).toBe(`unchanged ${files}\n`);
  });

  test.each([
    ["out.js", "out.d.ts"],
    ["out.mjs", "out.d.mts"],
  ])("-o %s puts %s beside it", async (script, declarations) => {
    await run([object("exec.bpf.o"), "--target", "js", "-o", at(script)]);
    expect(readdirSync(folder).sort()).toEqual([declarations, "exec.bpf.o", script].sort());
  });

  test("formats both as the user's project does", async () => {
    const overrides = [
      { files: "*.js", options: { semi: false } },
      { files: "*.d.ts", options: { useTabs: true } },
    ];
    writeFileSync(at(".prettierrc.json"), JSON.stringify({ overrides }));
    await run([object("exec.bpf.o"), "--target", "js"]);
    expect(readFileSync(at("exec.skel.js"), "utf8")).toContain('} from "tinybpf/gen-v1"\n');
    expect(readFileSync(at("exec.skel.d.ts"), "utf8")).toContain("\tpid: number;\n");
  });

  test("--check compares both", async () => {
    const path = object("exec.bpf.o");
    const args = [path, "--target", "js", "--check"];
    expect((await run(args)).err).toBe(
      `${at("exec.skel.js")} is missing: run tinybpf-gen\n${at("exec.skel.d.ts")} is missing: run tinybpf-gen\n`,
    );
    await run([path, "--target", "js"]);
    expect((await run(args)).code).toBe(0);
    writeFileSync(at("exec.skel.d.ts"), readFileSync(at("exec.skel.d.ts"), "utf8").replace("pid: ", "pdi: "));
    const { code, out } = await run(args);
    expect(code).toBe(1);
    expect(out).toContain(`${at("exec.skel.js")} is up to date\n`);
    expect(out).toContain("-  pdi: number;\n+  pid: number;\n");
  });

  test("a file that is none of ours keeps both from being written", async () => {
    writeFileSync(at("exec.skel.d.ts"), "mine");
    const { code, err } = await run([object("exec.bpf.o"), "--target", "js"]);
    expect({ code, err }).toEqual({
      code: 1,
      err: `${at("exec.skel.d.ts")}: was not written by tinybpf-gen: move it away first\n`,
    });
    expect(existsSync(at("exec.skel.js"))).toBe(false);
  });

  test("--stdout prints the module", async () => {
    const out = await printed(object("exec.bpf.o"), "--target", "js");
    expect(out).toContain("export class ExecEventView {\n");
    expect(out).not.toContain("export interface");
  });
});

describe("prettier's configuration", () => {
  test.each([
    ["a value that cannot be", '{ "semi": "x" }', "semi"],
    ["no JSON", '{ "semi": ', "JSON"],
    [
      "a plugin that is missing",
      '{ "plugins": ["prettier-plugin-that-is-missing"] }',
      "prettier-plugin-that-is-missing",
    ],
  ])("with %s is the user's mistake", async (_what, text, message) => {
    writeFileSync(at(".prettierrc.json"), text);
    const path = object("exec.bpf.o");
    const { code, err } = await run([path]);
    expect(code).toBe(1);
    expect(err).toContain(`${path}: prettier's configuration for ${at("exec.skel.ts")}: `);
    expect(err).toContain(message);
    expect(err).not.toMatch(/internal error|\n {4}at /);
    // Nor colours, which visible() would spell out.
    expect(err).not.toContain("u001b");
  });

  test("cannot keep a module from being formatted as a whole, or put something before it", async () => {
    const path = object("exec.bpf.o");
    await run([path]);
    const usual = withoutDigests(readFileSync(at("exec.skel.ts"), "utf8"));
    const partial = [{ requirePragma: true }, { insertPragma: true }, { rangeStart: 10 }, { rangeEnd: 20 }];
    for (const [index, config] of partial.entries()) {
      // Prettier remembers what it found for a folder.
      const other = `project-${index}`;
      mkdirSync(at(other));
      writeFileSync(at(`${other}/.prettierrc.json`), JSON.stringify(config));
      await run([path, "-o", at(other)]);
      const text = withoutDigests(readFileSync(at(`${other}/exec.skel.ts`), "utf8"));
      expect(text, Object.keys(config)[0]).toBe(usual);
    }
  });
});

/** The text but for the line that another configuration changes. */
function withoutDigests(text: string): string {
  expect(text).toMatch(/^\/\/ Digests: /m);
  return text.replace(/^\/\/ Digests: .*$/m, "");
}

/** What is printed for these arguments. */
async function printed(...args: string[]): Promise<string> {
  const { code, out } = await run(["--stdout", ...args]);
  expect(code).toBe(0);
  return out;
}

describe("options", () => {
  test("--name", async () => {
    const out = await printed(object("exec.bpf.o"), "--name", "Trace");
    expect(out).toContain("// Options: --name Trace\n");
    expect(out).toContain("export const Trace: SkeletonClass<Trace, OpenTrace, TraceConfig>");
  });

  test("--type, more than once and with a pattern", async () => {
    const out = await printed(object("ringbufs.bpf.o"), "--type", "start_*", "--type", "struct stop_event");
    expect(out).toContain("export interface StartEvent ");
    expect(out).toContain("export interface StopEvent ");
    expect(out).not.toContain("export interface Sample ");
  });

  test("--type that matches nothing is an error", async () => {
    const { code, err } = await run([object("exec.bpf.o"), "--type", "no_such_*", "--type", "exec_event"]);
    expect({ code, err }).toEqual({ code: 1, err: "--type no_such_*: no struct, union or enum matches\n" });
  });

  test("--type needs to match in one object only", async () => {
    const paths = [object("exec.bpf.o"), object("arrays.bpf.o")];
    const { code, err } = await run([...paths, "--type", "exec_event", "--type", "flexible"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect((await run([...paths, "--type", "nope"])).code).toBe(1);
  });

  test("--event", async () => {
    const out = await printed(object("ringbufs.bpf.o"), "--event", "samples=sample");
    expect(out).toContain("readonly samples: RingBuffer<Sample, SampleView>;");
  });

  test("--no-embed finds the object from where the skeleton is", async () => {
    await run([object("exec.bpf.o"), "--no-embed", "-o", at("src/bpf")]);
    const out = readFileSync(at("src/bpf/exec.skel.ts"), "utf8");
    expect(out).toMatch(
      /object: objectFile\(\s*"\.\.\/\.\.\/exec\.bpf\.o",\s*import\.meta\.url,\s*"[0-9a-f]{64}",?\s*\),/,
    );
    expect(out).not.toContain("embedded");
  });

  test.each([
    ["js", "./exec.skel.js"],
    ["ts", "./exec.skel.ts"],
    ["none", "./exec.skel"],
  ])("--import-ext %s", async (extension, path) => {
    const out = await printed(object("exec.bpf.o"), "--import-ext", extension);
    expect(out).toContain(` * import { Exec } from "${path}";\n`);
  });
});

describe("--check", () => {
  test("exits 0 when all is up to date", async () => {
    const path = object("exec.bpf.o");
    await run([path]);
    expect(await run(["--check", path])).toEqual({
      code: 0,
      out: `${at("exec.skel.ts")} is up to date\n`,
      err: "",
    });
  });

  test("exits 1 with a short diff, and changes nothing", async () => {
    const path = object("exec.bpf.o");
    await run([path]);
    const old = readFileSync(at("exec.skel.ts"), "utf8").replace("pid: number;", "pid: string;");
    writeFileSync(at("exec.skel.ts"), old);
    const { code, out, err } = await run(["--check", path]);
    expect(code).toBe(1);
    expect(err).toBe(`${at("exec.skel.ts")} is not up to date: run tinybpf-gen\n`);
    expect(out).toContain("\n-  pid: string;\n+  pid: number;\n");
    expect(readFileSync(at("exec.skel.ts"), "utf8")).toBe(old);
  });

  test("shows colours on a terminal only", async () => {
    const path = object("exec.bpf.o");
    writeFileSync(at("exec.skel.ts"), "");
    expect((await run(["--check", path], { colours: true })).out).toContain("\u001b[32m+");
    expect((await run(["--check", path])).out).not.toContain("\u001b");
  });

  test("exits 1 when there is no file", async () => {
    const { code, err } = await run(["--check", object("exec.bpf.o")]);
    expect(code).toBe(1);
    expect(err).toBe(`${at("exec.skel.ts")} is missing: run tinybpf-gen\n`);
    expect(readdirSync(folder)).toEqual(["exec.bpf.o"]);
  });
});

describe("several objects", () => {
  test("a bad one does not stop the others", async () => {
    const good = object("exec.bpf.o");
    const bad = at("bad.bpf.o");
    writeFileSync(bad, "this is no ELF file");
    const other = object("xdp.bpf.o");
    const { code, out, err } = await run([good, bad, at("missing.bpf.o"), other]);
    expect(code).toBe(1);
    expect(out).toContain(`wrote ${at("exec.skel.ts")}`);
    expect(out).toContain(`wrote ${at("xdp.skel.ts")}`);
    expect(err).toMatch(new RegExp(`^${bad}: .+\n${at("missing.bpf.o")}: there is no such file\n$`));
    expect(existsSync(at("bad.skel.ts"))).toBe(false);
  });

  test("a file that is no skeleton is not overwritten", async () => {
    writeFileSync(at("hand.ts"), "export const precious = 1;\n");
    const { code, err } = await run([object("exec.bpf.o"), "-o", at("hand.ts")]);
    expect(code).toBe(1);
    expect(err).toContain(`${at("hand.ts")}: was not written by tinybpf-gen: move it away first`);
    expect(readFileSync(at("hand.ts"), "utf8")).toBe("export const precious = 1;\n");
  });

  test("an object without type information gets a skeleton, and advice", async () => {
    const { code, err } = await run([object("no_btf.bpf.o")]);
    expect(code).toBe(0);
    expect(err).toContain(
      "no type information: its types and globals are left out. Compile it with clang -g",
    );
  });

  test("a folder instead of an object is an error", async () => {
    const { code, err } = await run([at(".")]);
    expect(code).toBe(1);
    expect(err).toContain("this is a folder; name the objects in it");
  });

  test("errors name file, section or type", async () => {
    const bytes = readFileSync(fixturePath("exec.bpf.o"));
    // The magic of .BTF
    bytes.writeUInt16LE(0, bytes.indexOf(Buffer.from("9feb0100", "hex")));
    writeFileSync(at("exec.bpf.o"), bytes);
    const { code, err } = await run([at("exec.bpf.o")]);
    expect(code).toBe(1);
    expect(err).toMatch(/exec\.bpf\.o: \.BTF: .*\n$/);
    expect(err).not.toContain("internal error");
  });

  test("--event is for those that have the map", async () => {
    const paths = [object("ringbufs.bpf.o"), object("xdp.bpf.o")];
    expect((await run([...paths, "--event", "samples=sample"])).code).toBe(0);
    expect(readFileSync(at("ringbufs.skel.ts"), "utf8")).toContain("RingBuffer<Sample, SampleView>");
    const wrong = await run([...paths, "--event", "smaples=sample"]);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain(
      "--event smaples: no object has a ring buffer or perf event array of this name",
    );
  });

  test("an event of an unknown type is an error that shows how to anchor it", async () => {
    const { code, err } = await run([object("ringbufs.bpf.o"), "--event", "samples=smaple"]);
    expect(code).toBe(1);
    expect(err).toContain("ringbufs.bpf.o: map samples: no type smaple in the object's BTF");
    expect(err).toContain("struct smaple *unused_smaple __attribute__((unused));");
  });

  test("progress is for a terminal, and takes itself away", async () => {
    const paths = [object("exec.bpf.o"), object("xdp.bpf.o")];
    const { err } = await run(paths, { interactive: true });
    expect(err).toContain("[1/2] exec.bpf.o");
    expect(err).toContain("[2/2] xdp.bpf.o");
    expect(err.endsWith("\r\u001b[2K")).toBe(true);
    expect((await run(paths)).err).toBe("");
  });
});

describe("an output that cannot be written is an error that names it", () => {
  test("a folder where the file should be", async () => {
    const path = object("exec.bpf.o");
    mkdirSync(at("exec.skel.ts"));
    const { code, err } = await run([path]);
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`^${at("exec.skel.ts")}: cannot be read: EISDIR: .*\n$`));
  });

  test.each([["file/x.ts"], ["file/folder"]])("%s below a file", async (output) => {
    const path = object("exec.bpf.o");
    writeFileSync(at("file"), "");
    for (const options of [[], ["--no-embed"]]) {
      const { code, err } = await run([path, "-o", at(output), ...options]);
      expect(code).toBe(1);
      expect(err).toMatch(new RegExp(`^${at(output)}.*: cannot be written: E.*\n$`));
    }
    expect((await run([path, "-o", at(output), "--check"])).err).toContain("is missing");
  });

  test("links that go in circles", async () => {
    symlinkSync("exec.skel.ts", at("exec.skel.ts"));
    const { code, err } = await run([object("exec.bpf.o"), "--no-embed"]);
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`^${at("exec.skel.ts")}: cannot be read: ELOOP: .*\n$`));
  });
});

/** What the runtime reads for a skeleton that is imported from `path`. */
function objectBytesOf(path: string): Buffer {
  const text = readFileSync(path, "utf8");
  const [, literal, digest] =
    /object: objectFile\(\s*("[^"]*"),\s*import\.meta\.url,\s*"(\w+)"/.exec(text) ?? [];
  const url: unknown = JSON.parse(literal ?? "null");
  if (typeof url !== "string" || digest === undefined) throw new Error(`${path} refers to no object`);
  // As Node does: a module's URL is that of the file behind symbolic links.
  return Buffer.from(objectFile(url, pathToFileURL(realpathSync(path)).href, digest)());
}

describe("--no-embed", () => {
  const bytes = readFileSync(fixturePath("exec.bpf.o"));

  test.each(["a b", "#1", "a?b", "%41", "100%", "back\\slash", "a:b", "naïve", "%2e%2e", "'\"`${1}"])(
    "finds an object in a folder called %s, with such a name",
    async (name) => {
      mkdirSync(at(name));
      const path = object("exec.bpf.o", `${name}/${name}.bpf.o`);
      await run([path, "--no-embed", "-o", at("out.ts")]);
      expect(objectBytesOf(at("out.ts")).equals(bytes)).toBe(true);
      await run([path, "--no-embed", "-o", at(`${name}/deep/out.ts`)]);
      expect(objectBytesOf(at(`${name}/deep/out.ts`)).equals(bytes)).toBe(true);
    },
  );

  test("finds the object from behind symbolic links", async () => {
    mkdirSync(at("real/deep"), { recursive: true });
    symlinkSync("real/deep", at("folder"));
    symlinkSync("real/deep/new.ts", at("dangling.ts"));
    const path = object("exec.bpf.o");
    for (const output of ["folder/out.ts", "folder/not/there/yet/out.ts", "dangling.ts"]) {
      expect(await run([path, "--no-embed", "-o", at(output)])).toMatchObject({ code: 0, err: "" });
      expect(objectBytesOf(at(output)).equals(bytes), output).toBe(true);
    }
    expect(existsSync(at("real/deep/new.ts"))).toBe(true);
  });

  test("finds an object beside it when both are reached through a link, and one that is a link", async () => {
    mkdirSync(at("real"));
    symlinkSync("real", at("folder"));
    object("exec.bpf.o", "stored.o");
    symlinkSync("../stored.o", at("real/exec.bpf.o"));
    await run([at("folder/exec.bpf.o"), "--no-embed"]);
    expect(readFileSync(at("real/exec.skel.ts"), "utf8")).toMatch(/objectFile\(\s*"\.\/exec\.bpf\.o",/);
    expect(objectBytesOf(at("folder/exec.skel.ts")).equals(bytes)).toBe(true);
  });
});
