/** What runs the machines: its arguments, what it makes of a console, and of the document. Without QEMU. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

interface Result {
  readonly file: string;
  readonly name: string;
  readonly state: string;
  readonly why?: string;
}

interface Outcome {
  readonly machine: object | undefined;
  readonly results: readonly Result[];
  readonly trouble?: string;
  readonly lastLines: readonly string[];
}

interface Machine {
  readonly name: string;
  readonly arch: string;
}

interface Run {
  readonly machine: Machine;
  readonly outcome: Outcome;
}

interface Column {
  readonly machine: string;
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly skipped: readonly string[];
}

type RunMachine = (
  command: readonly string[],
  run: {
    readonly log: string;
    readonly onResult: (result: Result) => void;
    readonly signal: AbortSignal;
    readonly limits?: { readonly total: number; readonly silence: number };
  },
) => Promise<Outcome>;

const module = (name: string): Promise<unknown> => import(new URL(name, import.meta.url).href);
const { runMachine } = (await module("qemu.mjs")) as { readonly runMachine: RunMachine };
const { machines } = (await module("machines.mjs")) as { readonly machines: readonly Machine[] };
const { columnOf, untested } = (await module("column.mjs")) as {
  readonly columnOf: (run: Run) => Column;
  readonly untested: (column: Column) => readonly string[];
};
const { fromMarkdown, toMarkdown } = (await module("markdown.mjs")) as {
  readonly fromMarkdown: (text: string) => readonly Column[];
  readonly toMarkdown: (columns: readonly Column[]) => string;
};
const { programKinds, mapKinds, linkKinds } = (await module("kinds.mjs")) as Record<
  "programKinds" | "mapKinds" | "linkKinds",
  readonly (readonly [kind: string, file: string, test: string])[]
>;
const { differences, merge } = (await module("document.mjs")) as {
  readonly differences: (
    before: readonly Column[],
    now: readonly Column[],
    which: { readonly allFiles: boolean },
  ) => readonly string[];
  readonly merge: (
    older: readonly Column[],
    newer: readonly Column[],
    which: { readonly allFiles: boolean },
  ) => readonly Column[];
};

const { inUse } = (await module("../../scripts/debian.mjs")) as {
  readonly inUse: (path: string, unused?: number) => string;
};

const main = fileURLToPath(new URL("main.mjs", import.meta.url));

/** The console of a machine that says so, as a shell script. */
function said(...lines: readonly object[]): string {
  return lines.map((line) => `echo '@@ ${JSON.stringify(line)}'`).join("\n");
}

/** What some machines found: all kinds work, but for one, whose test was skipped. */
function columns(names: readonly string[], skipped = "needs Linux 5.18; this is 5.10"): Column[] {
  const results = [...programKinds, ...mapKinds, ...linkKinds].map(([kind, path, name]): Result => {
    const file = `test/kernel/${path}.test.js`;
    return kind === "kprobe.multi"
      ? { file, name, state: "skip", why: skipped }
      : { file, name, state: "pass" };
  });
  const machine = { kernel: "6.1.0-9", libbpf: "1.1", node: "v22.1.0" };
  return machines
    .filter(({ name, arch }) => names.includes(name) && arch === "amd64")
    .map((each) => columnOf({ machine: each, outcome: { machine, results, lastLines: [] } }));
}

describe("npm run test:vm --", () => {
  interface Ended {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
  }
  const command = (...args: readonly string[]): Promise<Ended> =>
    promisify(execFile)(process.execPath, [main, ...args]).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: Ended) => error,
    );

  test("--help says what it takes", async () => {
    const { code, stdout } = await command("--help");
    expect(code).toBe(0);
    for (const option of ["kernel", "arch", "files", "kinds", "check", "list", "help"])
      expect(stdout).toMatch(new RegExp(` --${option} `));
  });

  test("--list says which machines there are", async () => {
    const { code, stdout } = await command("--list");
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(machines.length);
    for (const title of ["5.10-x86-64", "6.12-arm64"]) expect(stdout).toMatch(new RegExp(`^${title} `, "m"));
  });

  test.each([
    [["--kernels", "6.1"], /Unknown option '--kernels'[^]*npm run test:vm/],
    [["6.1"], /Unexpected argument '6\.1'/],
    [["--kernel", "4.4"], /^no such machine "4\.4"; there are 5\.10-x86-64, /],
    [["--kernel", "6.1", "--kernel", "4.4"], /^no such machine "4\.4"; /],
    [["--kernel", "5.10", "--arch", "arm64"], /^no such machine "5\.10 --arch arm64"; there are /],
    [["--files", "("], /^--files takes a regular expression: /],
    [["--files", "maps", "--kinds"], /^--kinds chooses the files/],
    [["--files", "maps", "--check"], /^--check compares what all files show/],
  ])("%j is refused, in words", async (args, message) => {
    const { code, stdout, stderr } = await command(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

describe("a machine", () => {
  let folder: string;
  let log: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tinybpf-vm-"));
    log = join(folder, "console.log");
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const passed = { file: "test/kernel/maps.test.js", name: "works", state: "pass" };

  /** What comes of a machine of which the console is that of a shell script. */
  const run = (script: string, limits = { total: 1, silence: 1 }, signal = new AbortController().signal) =>
    runMachine(["/bin/sh", "-c", script], { log, onResult: () => {}, signal, limits });

  test("that comes to its end: results, and a log of all it said", async () => {
    const outcome = await run(`echo booting\n${said({ state: "machine" }, passed, { state: "done" })}`);
    expect(outcome).toEqual({
      machine: { state: "machine" },
      results: [passed],
      trouble: undefined,
      lastLines: ["booting"],
    });
    expect(readFileSync(log, "utf8")).toMatch(/^booting\n@@ \{/);
  });

  test("that ends before its tests do", async () => {
    const outcome = await run(`${said(passed)}\necho Kernel panic\nexit 3`);
    expect(outcome.trouble).toBe("it ended (exit 3) before the tests did");
    expect(outcome.results).toEqual([passed]);
    expect(outcome.lastLines).toEqual(["Kernel panic"]);
  });

  test("that hangs", async () => {
    const silent = await run("echo stuck; exec sleep 60", { total: 1, silence: 0.02 });
    expect(silent.trouble).toBe("its console was silent for 0.02 minutes");
    expect(silent.lastLines).toEqual(["stuck"]);
    const busy = await run("while :; do echo again; sleep 0.2; done", { total: 0.03, silence: 1 });
    expect(busy.trouble).toBe("it took more than 0.03 minutes");
    expect(busy.lastLines.length).toBeGreaterThan(1);
  });

  test("that is interrupted", async () => {
    for (const signal of [AbortSignal.timeout(300), AbortSignal.abort()]) {
      const outcome = await run("exec sleep 60", undefined, signal);
      expect(outcome.trouble).toBe("it was interrupted");
    }
  });

  test("a line that the kernel broke is a failure", async () => {
    const { results } = await run(`echo '@@ {"file":"te[ 12.3] oops'\n${said({ state: "done" })}`);
    expect(results).toMatchObject([{ state: "fail", why: expect.stringContaining("oops") as string }]);
  });

  test("that cannot be started is an error", async () => {
    await expect(
      runMachine(["/no/such/qemu"], { log, onResult: () => {}, signal: new AbortController().signal }),
    ).rejects.toThrow(/^cannot start \/no\/such\/qemu: /);
  });
});

describe("a cache", () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tinybpf-cache-"));
    for (const name of ["asked-for", "other"]) {
      mkdirSync(at(name));
      // As packages are unpacked.
      utimesSync(at(name), 0, 0);
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("keeps what was made lately, however old it says that it is", () => {
    expect(inUse(at("asked-for"))).toBe(at("asked-for"));
    expect(readdirSync(folder)).toEqual(["asked-for", "other"]);
  });

  test("loses what nobody asked for in a while", () => {
    inUse(at("asked-for"), -1);
    expect(readdirSync(folder)).toEqual(["asked-for"]);
  });
});

describe("the document", () => {
  test("says of each kind whether it works, or what it would take", () => {
    const text = toMarkdown(columns(["5.10", "6.1"]));
    expect(text).toContain("| kprobe | yes | yes |");
    expect(text).toContain("| kprobe.multi | needs Linux 5.18 | needs Linux 5.18 |");
    expect(text).toContain("- needs Linux 5.18 (1): programs/kernel-functions: kprobe.multi runs until");
  });

  test("knows kinds of which no test was found", () => {
    const [machine] = machines;
    if (machine === undefined) throw new Error("no machines");
    const itself = { kernel: "6.1.0-9", libbpf: "1.1", node: "v22.1.0" };
    const empty = columnOf({ machine, outcome: { machine: itself, results: [], lastLines: [] } });
    expect(untested(empty)).toContain("kprobe");
    expect(untested(columns(["6.1"])[0] ?? empty)).toEqual([]);
  });

  test("is read again as it was written", () => {
    const written = columns(["5.10", "6.1"]);
    expect(fromMarkdown(toMarkdown(written))).toEqual(written);
  });

  test("has the newest of each machine, in their order", () => {
    const old = columns(["5.10", "6.12"]);
    const others = columns(["5.10", "6.1"], "needs CONFIG_FPROBE");
    expect(merge(old, others, { allFiles: true })).toEqual([...others, old[1]]);
  });

  test("keeps what the tests of kinds do not say", () => {
    const [old] = columns(["6.1"]);
    const [merged] = merge(columns(["6.1"]), columns(["6.1"], "needs CONFIG_FPROBE"), { allFiles: false });
    expect(merged?.skipped).toEqual(old?.skipped);
    expect(merged?.tables.get("Tests")).toEqual(old?.tables.get("Tests"));
    expect(merged?.tables.get("Programs")?.get("kprobe.multi")).toBe("needs CONFIG_FPROBE");
    const [fresh] = merge([], columns(["6.1"]), { allFiles: false });
    expect(fresh?.skipped).toEqual([]);
    expect(toMarkdown(fresh === undefined ? [] : [fresh])).toContain("| passed | not run |");
  });

  test("is compared with what ran, and with nothing else", () => {
    const committed = columns(["5.10", "6.1"]);
    const compare = (now: readonly Column[], allFiles = true): readonly string[] =>
      differences(committed, now, { allFiles });
    expect(compare(columns(["5.10", "6.1"]))).toEqual([]);
    expect(compare(columns(["6.1"]))).toEqual([]);
    expect(compare(columns(["6.1"], "needs CONFIG_FPROBE"), false)).toEqual([
      "6.1-x86-64: not any more: Programs, kprobe.multi: needs Linux 5.18",
      "6.1-x86-64: it does not say: Programs, kprobe.multi: needs CONFIG_FPROBE",
    ]);
    expect(compare(columns(["6.1"], "needs CONFIG_FPROBE"))).toHaveLength(4);
    // A machine that it says nothing of.
    expect(compare(columns(["6.12"])).length).toBeGreaterThan(programKinds.length + mapKinds.length);
    const without = toMarkdown(committed).replace(/^\| uprobe\.multi .*\n/m, "");
    expect(differences(fromMarkdown(without), committed, { allFiles: false })).toEqual(
      ["5.10", "6.1"].map((name) => `${name}-x86-64: it does not say: Programs, uprobe.multi: yes`),
    );
  });

  test("has a row for each kind once, from a test that there is", () => {
    for (const kinds of [programKinds, mapKinds, linkKinds])
      expect(new Set(kinds.map(([kind]) => kind)).size).toBe(kinds.length);
    for (const [kind, file] of [...programKinds, ...mapKinds, ...linkKinds]) {
      const path = fileURLToPath(new URL(`../kernel/${file}.test.ts`, import.meta.url));
      expect(readFileSync(path, "utf8"), kind).toContain("test");
    }
  });
});
