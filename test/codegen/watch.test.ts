/** The command as a process: `--watch`, and signals. Every wait is for a line that it prints, or for its end. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, afterEach, beforeEach, describe, expect, test } from "vitest";
import { file, needs } from "../btf-parser/needs.ts";
import { FIXTURE_NAMES, ROOT, fixturePath } from "./support.ts";

const BUILT = file(join(ROOT, "src/codegen/dist/cli.js"), "npm run build");

let folder = "";
let command: Command | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tinybpf-watch-"));
  mkdirSync(at(".git"));
});
afterEach(async () => {
  await command?.end("SIGKILL");
  command = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function at(name: string): string {
  return join(folder, name);
}

function copy(fixture: string, name = fixture): void {
  copyFileSync(fixturePath(fixture), at(name));
}

/** A running `tinybpf-gen`. */
class Command {
  readonly #child: ChildProcessWithoutNullStreams;
  #text = "";
  #listener: (() => void) | undefined;

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [join(ROOT, "src/codegen/bin.js"), ...args], { cwd: folder });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#text += text;
        this.#listener?.();
      });
    this.#child.on("exit", () => this.#listener?.());
  }

  /** Waits until it has printed `text`; what it printed up to there is taken away and returned. */
  async until(text: string): Promise<string> {
    while (!this.#text.includes(text)) {
      if (this.#ended) throw new Error(`it ended without printing ${JSON.stringify(text)}:\n${this.#text}`);
      await new Promise<void>((done) => (this.#listener = done));
    }
    const end = this.#text.indexOf(text) + text.length;
    const taken = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    return taken;
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    if (!this.#ended) {
      this.#child.kill(signal);
      await once(this.#child, "exit");
    }
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

function start(context: TestContext, ...args: readonly string[]): Command {
  needs(context, BUILT);
  command = new Command(args);
  return command;
}

function skeleton(name: string): string {
  return readFileSync(at(name), "utf8");
}

describe("--watch", () => {
  test("generates, says what it watches, and generates again", async (context) => {
    copy("exec.bpf.o", "a.bpf.o");
    copy("xdp.bpf.o", "b.bpf.o");
    const watch = start(context, "--watch", "a.bpf.o", "b.bpf.o");
    expect(await watch.until("Ctrl-C ends\n")).toMatch(
      /^wrote a\.skel\.ts .*\nwrote b\.skel\.ts .*\nwatching a\.bpf\.o, b\.bpf\.o; Ctrl-C ends\n$/,
    );
    copy("globals.bpf.o", "b.bpf.o");
    expect(await watch.until("wrote b.skel.ts")).toBe("wrote b.skel.ts");
    expect(skeleton("b.skel.ts")).toContain("class BData");
    expect(await watch.end("SIGINT")).toBe(130);
    expect(readdirSync(folder).sort()).toEqual([".git", "a.bpf.o", "a.skel.ts", "b.bpf.o", "b.skel.ts"]);
  });

  test("notices a file that is renamed onto the object", async (context) => {
    copy("exec.bpf.o", "a.bpf.o");
    const watch = start(context, "--watch", "a.bpf.o");
    await watch.until("Ctrl-C ends\n");
    copy("xdp.bpf.o", "new.o");
    renameSync(at("new.o"), at("a.bpf.o"));
    await watch.until("wrote a.skel.ts");
    expect(await watch.end("SIGTERM")).toBe(143);
  });

  test("tells of an object that is half-written, and goes on when it is done", async (context) => {
    copy("exec.bpf.o", "a.bpf.o");
    const watch = start(context, "--watch", "a.bpf.o");
    await watch.until("Ctrl-C ends\n");
    const bytes = readFileSync(fixturePath("xdp.bpf.o"));
    const handle = openSync(at("a.bpf.o"), "w");
    try {
      writeSync(handle, bytes.subarray(0, 1000));
      expect(await watch.until("\n")).toMatch(/^a\.bpf\.o: .*\n$/);
      writeSync(handle, bytes.subarray(1000));
    } finally {
      closeSync(handle);
    }
    await watch.until("wrote a.skel.ts");
    expect(skeleton("a.skel.ts")).toContain("XdpProgram");
  });

  test("says nothing of a file that was written with the same bytes", async (context) => {
    copy("exec.bpf.o", "a.bpf.o");
    copy("xdp.bpf.o", "b.bpf.o");
    const watch = start(context, "--watch", "a.bpf.o", "b.bpf.o");
    await watch.until("Ctrl-C ends\n");
    copy("exec.bpf.o", "a.bpf.o");
    utimesSync(at("a.bpf.o"), 1, 1);
    copy("globals.bpf.o", "b.bpf.o");
    // Objects are looked at in their order: of the first one nothing was said.
    expect(await watch.until("wrote b.skel.ts")).toBe("wrote b.skel.ts");
  });

  test("waits for an object whose folder is not there yet, and for one that was deleted", async (context) => {
    const watch = start(context, "--watch", "build/deep/a.bpf.o", "-o", "src");
    expect(await watch.until("Ctrl-C ends\n")).toBe(
      "build/deep/a.bpf.o: there is no such file; waiting for it\nwatching build/deep/a.bpf.o; Ctrl-C ends\n",
    );
    mkdirSync(at("build/deep"), { recursive: true });
    copy("exec.bpf.o", "build/deep/a.bpf.o");
    await watch.until("wrote src/a.skel.ts (2 types, 2 maps, 1 program)\n");
    rmSync(at("build"), { recursive: true });
    await watch.until("build/deep/a.bpf.o: there is no such file; waiting for it\n");
    mkdirSync(at("build/deep"), { recursive: true });
    copy("exec.bpf.o", "build/deep/a.bpf.o");
    expect(await watch.until("src/a.skel.ts\n")).toBe("unchanged src/a.skel.ts\n");
    copy("xdp.bpf.o", "build/deep/a.bpf.o");
    await watch.until("wrote src/a.skel.ts");
  });

  test("follows a link to an object elsewhere", async (context) => {
    mkdirSync(at("store"));
    copy("exec.bpf.o", "store/x.o");
    symlinkSync("store/x.o", at("a.bpf.o"));
    const watch = start(context, "--watch", "a.bpf.o");
    await watch.until("Ctrl-C ends\n");
    copy("xdp.bpf.o", "store/x.o");
    await watch.until("wrote a.skel.ts");
  });

  test("notices that a link on the way leads elsewhere", async (context) => {
    for (const name of ["one", "two"]) mkdirSync(at(`${name}/bpf`), { recursive: true });
    copy("exec.bpf.o", "one/bpf/a.bpf.o");
    copy("xdp.bpf.o", "two/bpf/a.bpf.o");
    copy("globals.bpf.o", "three.o");
    const point = (link: string, target: string): void => {
      symlinkSync(target, at("new"));
      renameSync(at("new"), at(link));
    };
    mkdirSync(at("links"));
    point("links/middle", "../one");
    point("build", "links/middle/bpf");
    const watch = start(context, "--watch", "build/a.bpf.o", "-o", "src");
    await watch.until("Ctrl-C ends\n");
    point("links/middle", at("two"));
    await watch.until("wrote src/a.skel.ts");
    expect(skeleton("src/a.skel.ts")).toContain("XdpProgram");
    point("build", "one/bpf");
    await watch.until("wrote src/a.skel.ts");
    point("one/bpf/a.bpf.o", "../../three.o");
    await watch.until("wrote src/a.skel.ts");
    expect(skeleton("src/a.skel.ts")).toContain("class AData");
    copy("xdp.bpf.o", "three.o");
    await watch.until("wrote src/a.skel.ts");
    rmSync(at("build"));
    await watch.until("build/a.bpf.o: there is no such file; waiting for it\n");
    point("build", "build");
    point("build", "two/bpf");
    await watch.until("src/a.skel.ts\n");
  });

  test("takes the formatter's configuration as it is by then", async (context) => {
    copy("exec.bpf.o", "a.bpf.o");
    const watch = start(context, "--watch", "a.bpf.o");
    await watch.until("Ctrl-C ends\n");
    writeFileSync(at(".prettierrc"), "useTabs: true");
    copy("xdp.bpf.o", "a.bpf.o");
    await watch.until("wrote a.skel.ts");
    expect(skeleton("a.skel.ts")).toMatch(/^\t/m);
  });

  test("tells once what no object has, when all are there", async (context) => {
    copy("ringbufs.bpf.o", "a.bpf.o");
    const watch = start(
      context,
      "--watch",
      "a.bpf.o",
      "b.bpf.o",
      "--event",
      "smaples=sample",
      "--type",
      "none",
    );
    const text = await watch.until("Ctrl-C ends\n");
    expect(text).not.toContain("smaples");
    copy("exec.bpf.o", "b.bpf.o");
    const next = await watch.until(
      "--event smaples: no object has a ring buffer or perf event array of this name\n",
    );
    expect(next).toContain("--type none: no struct, union or enum matches\n");
    copy("xdp.bpf.o", "b.bpf.o");
    await watch.until("wrote b.skel.ts");
    expect(await watch.end("SIGINT")).toBe(130);
    await expect(watch.until("smaples")).rejects.toThrow("it ended without printing");
  });
});

describe("a signal during an ordinary run", () => {
  test.for([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s ends it with %d, and every file is complete", async ([signal, code], context) => {
    const names = Array.from({ length: 4 }, (_, round) =>
      FIXTURE_NAMES.map((name) => `${round}-${name}`),
    ).flat();
    for (const name of names) copy(name.slice(2), name);
    const run = start(context, ...names);
    await run.until("wrote ");
    expect(await run.end(signal)).toBe(code);
    const written = readdirSync(folder).filter((name) => !names.includes(name) && name !== ".git");
    expect(written.length).toBeGreaterThan(0);
    expect(written.length).toBeLessThan(names.length);
    for (const name of written) {
      expect(name).toMatch(/^\d-.*\.skel\.ts$/);
      expect(skeleton(name), name).toMatch(/\}\);\n$/);
    }
  });
});

test("--watch and --check exclude each other", async (context) => {
  const both = start(context, "--watch", "--check", "a.bpf.o");
  await both.until("--watch and --check exclude each other");
});
