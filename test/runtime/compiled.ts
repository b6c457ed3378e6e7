/** The runtime as plain JavaScript, for tests that need a process of their own. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** An emulated machine is slow. */
const TIMEOUT = process.env["TINYBPF_VM"] === "1" ? 150_000 : 30_000;

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A compiled copy of src/runtime. */
export interface CompiledRuntime {
  /**
   * Runs a module in a new process.
   *
   * @param source - its text; `%runtime%` stands for the folder of the compiled runtime
   * @param through - a command that runs Node, as `setpriv` with its options
   */
  run(source: string, environment?: NodeJS.ProcessEnv, through?: readonly string[]): ProcessResult;
  /** Starts a module in a new process; what it prints to stderr is seen. */
  start(source: string): ChildProcess;
  /** Deletes the copy. */
  remove(): void;
}

export interface ProcessResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Compiles src/runtime into a folder of its own below the repository, from where koffi is found. */
export function compileRuntime(): CompiledRuntime {
  // The machines of test/vm have the built package, and no compiler.
  const built = process.env["TINYBPF_BUILT_RUNTIME"];
  if (built !== undefined) return runtimeIn(built, () => {});

  mkdirSync(join(root, ".build"), { recursive: true });
  const folder = mkdtempSync(join(root, ".build", "runtime-"));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  // Types are checked elsewhere; here only their erasure is wanted.
  const options = [
    "--noCheck",
    "--composite",
    "false",
    "--declaration",
    "false",
    "--isolatedDeclarations",
    "false",
  ];
  execFileSync(process.execPath, [compiler, "-p", join(root, "src/runtime"), "--outDir", folder, ...options]);
  return runtimeIn(folder, () => rmSync(folder, { recursive: true, force: true }));
}

function runtimeIn(folder: string, remove: () => void): CompiledRuntime {
  const runtime = pathToFileURL(folder).href;
  const argumentsFor = (source: string): string[] => [
    "--input-type=module",
    "--eval",
    source.replaceAll("%runtime%", runtime),
  ];
  return {
    start: (source) =>
      spawn(process.execPath, argumentsFor(source), { stdio: ["ignore", "ignore", "inherit"] }),
    run(source, environment = {}, through = []) {
      const [command, ...args] = [...through, process.execPath];
      const { status, signal, stdout, stderr } = spawnSync(command, [...args, ...argumentsFor(source)], {
        env: { ...process.env, ...environment },
        encoding: "utf8",
        timeout: TIMEOUT,
      });
      return { status, signal, stdout, stderr };
    },
    remove,
  };
}
