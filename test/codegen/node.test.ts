/** Generated code runs as it is where Node strips types (22.18 and later), and the built command runs everywhere. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FIXTURE_NAMES, ROOT, fixturePath } from "./support.ts";

/** What CI is meant to have is required there (scripts/test.mjs). */
const REQUIRED = process.env["TINYBPF_REQUIRE"] === "1";

/** A Node that strips types: this one, else one that npx fetches. */
function strippingNode(): { readonly command: readonly string[] } | { readonly missing: string } {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return { command: [process.execPath] };
  const command = ["npx", "--yes", "--package=node@24", "--", "node"];
  const probe = spawn([...command, "--print", "process.features.typescript"], tmpdir());
  if (probe.status === 0 && probe.stdout.trim() === "strip") return { command };
  return { missing: `Node ${process.versions.node} strips no types, and npx cannot fetch node@24` };
}

function spawn([file = "", ...args]: readonly string[], cwd: string): SpawnSyncReturns<string> {
  return spawnSync(file, args, { cwd, encoding: "utf8", timeout: 50_000 });
}

const dist = {
  runtime: join(ROOT, "src/runtime/dist/gen-v1.js"),
  command: join(ROOT, "src/codegen/dist/cli.js"),
};

/** Why a test cannot run; a failure where it must. */
function needs(reasons: readonly (string | undefined)[]): string | undefined {
  const reason = reasons.find((text) => text !== undefined);
  if (reason !== undefined && REQUIRED) throw new Error(reason);
  return reason;
}

function built(path: string): string | undefined {
  return existsSync(path) ? undefined : `${path} is missing: npm run build`;
}

describe("type stripping", () => {
  test("every golden skeleton is imported as it is", (context) => {
    const node = strippingNode();
    const reason = needs([built(dist.runtime), "missing" in node ? node.missing : undefined]);
    context.skip(reason !== undefined, reason);
    if ("missing" in node) return;
    const folder = mkdtempSync(join(tmpdir(), "tinybpf-strip-"));
    try {
      // A project of its own, whose runtime is the built one.
      mkdirSync(join(folder, "node_modules"));
      symlinkSync(join(ROOT, "src/runtime"), join(folder, "node_modules/tinybpf"));
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      cpSync(join(ROOT, "test/golden"), folder, { recursive: true });
      const stems = FIXTURE_NAMES.map((name) => name.replace(".bpf.o", ""));
      writeFileSync(
        join(folder, "main.ts"),
        `${stems.map((stem) => `await import("./${stem}.skel.ts");`).join("\n")}
import { ExecEvent } from "./exec.skel.ts";
const bytes: Uint8Array = ExecEvent.encode({ pid: 42, uid: 0, ts: 1, comm: "cat", filename: "/bin/cat" });
console.log(ExecEvent.decode(bytes).comm, ExecEvent.view(bytes).pid);
`,
      );
      const { status, stdout, stderr } = spawn([...node.command, "main.ts"], folder);
      expect({ status, stdout: stdout.trim() }, stderr).toEqual({ status: 0, stdout: "cat 42" });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("the built command", () => {
  const command = [process.execPath, join(ROOT, "src/codegen/bin.js")];

  test("writes a skeleton", (context) => {
    const reason = needs([built(dist.command)]);
    context.skip(reason !== undefined, reason);
    const folder = mkdtempSync(join(tmpdir(), "tinybpf-bin-"));
    try {
      cpSync(fixturePath("exec.bpf.o"), join(folder, "exec.bpf.o"));
      const { status, stdout, stderr } = spawn([...command, "exec.bpf.o"], folder);
      expect({ status, stdout, stderr }).toEqual({
        status: 0,
        stdout: "wrote exec.skel.ts (2 types, 2 maps, 1 program)\n",
        stderr: "",
      });
      expect(readFileSync(join(folder, "exec.skel.ts"), "utf8")).toContain("export const Exec:");
      expect(spawn([...command, "--check", "exec.bpf.o"], folder).status).toBe(0);
      expect(spawn([...command, "--chekc"], folder).status).toBe(2);
      expect(spawn([...command, "missing.bpf.o"], folder).status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  const printing = ["--help", `--stdout "${fixturePath("names.bpf.o")}"`];

  test.for(printing)("%s says nothing when there is no reader at all", (args, context) => {
    const reason = needs([built(dist.command)]);
    context.skip(reason !== undefined, reason);
    const script = `set -o pipefail; "${command.join('" "')}" ${args} | true`;
    const { status, stderr } = spawn(["bash", "-c", script], ROOT);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.for(printing)("%s to a disk that is full is an error", (args, context) => {
    const reason = needs([built(dist.command)]);
    context.skip(reason !== undefined, reason);
    const script = `"${command.join('" "')}" ${args} > /dev/full`;
    const { status, stderr } = spawn(["bash", "-c", script], ROOT);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^tinybpf-gen: standard output cannot be written: ENOSPC: .*\n$/);
  });

  test("survives a reader that goes away", (context) => {
    const reason = needs([built(dist.command)]);
    context.skip(reason !== undefined, reason);
    const { status, stderr } = spawn(
      [
        "bash",
        "-c",
        `set -o pipefail; "${command.join('" "')}" --stdout "${fixturePath("names.bpf.o")}" | head -c 1`,
      ],
      ROOT,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
