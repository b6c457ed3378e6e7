/** Options in package.json: `tinybpf-gen` alone is the build step. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main } from "../../src/codegen/cli.ts";
import { fixturePath } from "./support.ts";

const start = process.cwd();
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tinybpf-package-"));
  mkdirSync(at("bpf/deep"), { recursive: true });
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(start);
  rmSync(folder, { recursive: true, force: true });
});

function at(name: string): string {
  return join(folder, name);
}

function object(fixture: string, name = `bpf/${fixture}`): string {
  copyFileSync(fixturePath(fixture), at(name));
  return name;
}

/** Writes package.json with these options. */
function options(tinybpf: unknown, name = "package.json"): void {
  writeFileSync(at(name), JSON.stringify({ name: "x", tinybpf }));
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
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
  });
  return { code, out, err };
}

/** The paths of what was written, in order. */
async function written(...args: string[]): Promise<string[]> {
  const { code, out, err } = await run(...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return [...out.matchAll(/^wrote (\S+)/gm)].map(([, path]) => path ?? "");
}

describe("objects", () => {
  beforeEach(() => {
    object("exec.bpf.o");
    object("xdp.bpf.o");
    object("globals.bpf.o", "bpf/deep/globals.bpf.o");
    writeFileSync(at("bpf/notes.txt"), "");
  });

  const [exec, xdp, globals] = ["bpf/exec.skel.ts", "bpf/xdp.skel.ts", "bpf/deep/globals.skel.ts"];
  test.each([
    [["bpf/*.bpf.o"], [exec, xdp]],
    ["bpf/*.bpf.o", [exec, xdp]],
    [["bpf/**/*.bpf.o"], [globals, exec, xdp]],
    [["bpf/e?ec.bpf.o"], [exec]],
    [
      ["bpf/xdp.bpf.o", "bpf/exec.bpf.o"],
      [xdp, exec],
    ],
    [
      ["bpf/x*.o", "bpf/*.o"],
      [xdp, exec],
    ],
    [["./bpf/*.bpf.o"], [exec, xdp]],
    [
      ["bpf/**/*.bpf.o", "!bpf/x*"],
      [globals, exec],
    ],
  ])("%j", async (objects, expected) => {
    options({ objects });
    expect(await written("--event", "events=exec_event", "--type", "*")).toEqual(expected);
  });

  test.each([
    [["bpf/exec.bpf.o", "bpf/xdp.bpf.o", "!bpf/x*"], [exec]],
    [["bpf/exec.bpf.o", "bpf/xdp.bpf.o", "!./bpf/xdp.bpf.o"], [exec]],
    [["bpf/deep/globals.bpf.o", "bpf/xdp.bpf.o", "!bpf/deep"], [xdp]],
    [["bpf/deep/globals.bpf.o", "bpf/xdp.bpf.o", "!**/globals.*"], [xdp]],
    [["bpf/deep/globals.bpf.o", "bpf/xdp.bpf.o", "!bpf/deep/**"], [xdp]],
    [["bpf/deep/globals.bpf.o", "bpf/xdp.bpf.o", "!b?f/**/g*"], [xdp]],
    [
      ["bpf/exec.bpf.o", "bpf/xdp.bpf.o", "!*.o", "!p/*", "!bpf/x", "!bpf/xdp-bpf.o"],
      [exec, xdp],
    ],
  ])("what is taken away may be a path: %j", async (objects, expected) => {
    options({ objects });
    expect(await written()).toEqual(expected);
  });

  test("a path and a pattern for one file give it once", async () => {
    options({ objects: ["./bpf/xdp.bpf.o", "bpf/../bpf/xdp.bpf.o", at("bpf/xdp.bpf.o"), "bpf/*.bpf.o"] });
    expect(await written()).toEqual([xdp, exec]);
  });

  test.each(["[v2]", "{a,b}", "x(1)", "!neg", "+(x)", "@(x)", "a|b", "$x^", 'say "x"', "[!a]"])(
    "nothing else has a meaning: %s",
    async (name) => {
      mkdirSync(at(name));
      mkdirSync(at(`o/${name}/deep`), { recursive: true });
      for (const path of [`${name}/a.bpf.o`, `o/${name}/b.bpf.o`, `o/${name}/deep/c.bpf.o`])
        object("xdp.bpf.o", path);
      options({
        objects: [`./${name}/*.bpf.o`, `./${name}/a.bpf.o`, `o/**/${name}/*.o`, `o/${name}/**/c*`],
        output: "out/",
      });
      expect(await written()).toEqual(["out/a.skel.ts", "out/b.skel.ts", "out/c.skel.ts"]);
      options({
        objects: ["bpf/xdp.bpf.o", `./${name}/a.bpf.o`, `!${name}/*`, `!./${name}/b*`],
        output: "new/",
      });
      expect(await written()).toEqual(["new/xdp.skel.ts"]);
    },
  );

  test("names that begin with a dot are for patterns that say so", async () => {
    mkdirSync(at(".hidden"));
    object("xdp.bpf.o", ".hidden/b.bpf.o");
    object("xdp.bpf.o", "bpf/.a.bpf.o");
    options({ objects: ["bpf/*.bpf.o", "**/b.bpf.o", "bpf/xdp.bpf.o"] });
    expect((await run()).err).toContain('nothing matches "**/b.bpf.o"');
    options({ objects: ["bpf/.*.bpf.o", ".hidden/*.bpf.o", "bpf/xdp.bpf.o", "!bpf/*", "!**/b.bpf.o"] });
    expect(await written()).toEqual(["bpf/.a.skel.ts", ".hidden/b.skel.ts"]);
  });

  test("those of packages are none of ours", async () => {
    mkdirSync(at("node_modules/other"), { recursive: true });
    object("unions.bpf.o", "node_modules/other/unions.bpf.o");
    options({ objects: ["**/*.bpf.o"] });
    expect(await written()).toEqual([globals, exec, xdp]);
  });

  test("on the command line replace them", async () => {
    options({ objects: ["bpf/*.bpf.o"], output: "src/" });
    expect(await written("bpf/deep/globals.bpf.o")).toEqual(["src/globals.skel.ts"]);
  });

  test("a path that is not there is an error of that object, a pattern without a match one of usage", async () => {
    options({ objects: ["bpf/none.bpf.o"] });
    expect(await run()).toMatchObject({ code: 1, err: "bpf/none.bpf.o: there is no such file\n" });
    options({ objects: ["bpf/*.bpf.o", "none/*.bpf.o"] });
    const { code, out, err } = await run();
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain('package.json: "tinybpf"."objects": nothing matches "none/*.bpf.o"');
  });
});

describe("package.json", () => {
  test("is the nearest one upwards, and paths count from it", async () => {
    object("exec.bpf.o");
    options({ objects: ["bpf/*.bpf.o"], output: "src/bpf/" });
    process.chdir(at("bpf/deep"));
    expect(await written()).toEqual(["../../src/bpf/exec.skel.ts"]);
    expect(existsSync(at("src/bpf/exec.skel.ts"))).toBe(true);
    writeFileSync(at("bpf/deep/package.json"), "{}");
    expect((await run()).err).toContain("no object given");
  });

  test("an output that ends with / is a folder, whatever it is called", async () => {
    object("exec.bpf.o");
    options({ objects: "bpf/*.bpf.o", output: "src/bpf.ts/" });
    expect(await written()).toEqual(["src/bpf.ts/exec.skel.ts"]);
  });

  test("takes every option but those of a single run", async () => {
    object("ringbufs.bpf.o");
    options({
      objects: ["bpf/ringbufs.bpf.o"],
      output: "out.mjs",
      name: "Rings",
      type: ["start_*", "stop_event"],
      event: ["samples=sample"],
      embed: false,
      naming: "camel",
      u64: "bigint",
      target: "js",
      "import-ext": "none",
    });
    expect((await run()).code).toBe(0);
    const text = readFileSync(at("out.mjs"), "utf8");
    expect(text).toContain(
      "// Options: --name Rings --type 'start_*' --type stop_event --event samples=sample --no-embed --import-ext none --naming camel --target js\n",
    );
    expect(readFileSync(at("out.d.mts"), "utf8")).toContain('import { Rings } from "./out";');
  });

  test.each([
    [["--naming", "c"], "none"],
    [["--naming=c", "--type", "exec_stats"], "--type exec_stats"],
    [[], "--naming camel"],
    [["--embed"], "--naming camel"],
  ])("gives way to %j, option by option", async (args, described) => {
    object("exec.bpf.o");
    options({ objects: "bpf/exec.bpf.o", naming: "camel", embed: !args.includes("--embed") });
    await run(...args);
    expect(readFileSync(at("bpf/exec.skel.ts"), "utf8")).toContain(`// Options: ${described}\n`);
  });

  test("its types and events are for all its objects, and no mistake for some of them", async () => {
    object("exec.bpf.o");
    object("xdp.bpf.o");
    options({ objects: "bpf/*.bpf.o", event: "events=exec_event", type: "exec_*" });
    expect(await run("bpf/xdp.bpf.o")).toMatchObject({ code: 0, err: "" });
    expect(await run()).toMatchObject({ code: 0, err: "" });
    expect(await run("bpf/xdp.bpf.o", "--type", "exec_*")).toMatchObject({ code: 1 });
    expect(await run("bpf/xdp.bpf.o", "--event", "events=exec_event")).toMatchObject({ code: 1 });
    options({ objects: "bpf/*.bpf.o", event: "evnets=exec_event" });
    expect((await run()).err).toBe(
      "--event evnets: no object has a ring buffer or perf event array of this name\n",
    );
  });

  test("without tinybpf, or none at all, changes nothing", async () => {
    object("exec.bpf.o");
    writeFileSync(at("package.json"), "{}");
    expect(await written("bpf/exec.bpf.o")).toEqual(["bpf/exec.skel.ts"]);
    writeFileSync(at("package.json"), "[]");
    expect((await run("bpf/exec.bpf.o")).out).toBe("unchanged bpf/exec.skel.ts\n");
  });
});

describe("what cannot be is an error that names the file and the key", () => {
  test.each([
    [{ object: ["x.o"] }, '"tinybpf"."object" is no option; did you mean "objects"?'],
    [{ outptu: "x" }, '"tinybpf"."outptu" is no option; did you mean "output"?'],
    [{ importExt: "js" }, '"tinybpf"."importExt" is no option; did you mean "import-ext"?'],
    [{ frobnicate: 1 }, '"tinybpf"."frobnicate" is no option\n'],
    [{ check: true }, '"tinybpf"."check" is for the command line only: --check'],
    [{ watch: true }, '"tinybpf"."watch" is for the command line only: --watch'],
    [{ stdout: true }, '"tinybpf"."stdout" is for the command line only: --stdout'],
    [{ help: true }, '"tinybpf"."help" is no option'],
    [{ constructor: true }, '"tinybpf"."constructor" is no option'],
    [{ objects: 1 }, '"tinybpf"."objects" is neither a text nor a list of texts'],
    [{ objects: ["a", 1] }, '"tinybpf"."objects" is neither a text nor a list of texts'],
    [{ event: { events: "exec_event" } }, '"tinybpf"."event" is neither a text nor a list of texts'],
    [{ name: ["A"] }, '"tinybpf"."name" is no text'],
    [{ embed: "false" }, '"tinybpf"."embed" is neither true nor false'],
    [{ naming: "caml" }, '"tinybpf"."naming": --naming "caml" is none of c, camel; did you mean camel?'],
    [{ name: "a b" }, '"tinybpf"."name": --name "a b" is no name for a class'],
    [{ event: "events" }, '"tinybpf"."event": --event "events" is not of the form'],
    [{ output: "x.js" }, '"tinybpf"."output": --output x.js is a JavaScript file'],
    [{ output: "" }, '"tinybpf"."output": --output is empty'],
    [[], '"tinybpf" is no object with options'],
    ["x.o", '"tinybpf" is no object with options'],
    [null, '"tinybpf" is no object with options'],
  ])("%j", async (tinybpf, message) => {
    options(tinybpf);
    const { code, out, err } = await run("x.bpf.o");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`tinybpf-gen: package.json: ${message}`);
  });

  test("as its path is from the working directory", async () => {
    options({ outptu: "x" });
    process.chdir(at("bpf/deep"));
    expect((await run("x.bpf.o")).err).toContain('tinybpf-gen: ../../package.json: "tinybpf"."outptu"');
  });

  test("no JSON", async () => {
    writeFileSync(at("package.json"), '{ "tinybpf": ');
    const { code, err } = await run("x.bpf.o");
    expect(code).toBe(2);
    expect(err).toContain("package.json: it is no JSON: ");
  });

  test("not when the command line says otherwise", async () => {
    object("exec.bpf.o");
    options({ objects: "bpf/exec.bpf.o", naming: "caml" });
    expect((await run("--naming", "c")).code).toBe(0);
  });
});

test("--help and --version need none", async () => {
  options({ outptu: "x" });
  expect((await run("--help")).code).toBe(0);
  expect((await run("--version")).code).toBe(0);
});
