/** The runtime as plain JavaScript, for tests that need a process of their own. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

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
  const runtime = pathToFileURL(folder).href;
  return {
    run(source, environment = {}, through = []) {
      const script = source.replaceAll("%runtime%", runtime);
      const [command, ...args] = [...through, process.execPath];
      const { status, signal, stdout, stderr } = spawnSync(
        command,
        [...args, "--input-type=module", "--eval", script],
        { env: { ...process.env, ...environment }, encoding: "utf8", timeout: 30_000 },
      );
      return { status, signal, stdout, stderr };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
