import { spawn } from "node:child_process";

const commands: readonly (readonly [file: string, ...args: string[]])[] = [
  ["true"],
  ["uname", "-r"],
  ["sh", "-c", "exit 3"],
  ["sleep", "0.1"],
  [process.execPath, "--version"],
];

/**
 * Starts a few short-lived processes.
 *
 * @returns their process ids. `spawn` comes back when a child has executed its program, so the events are on their way.
 */
export function startChildren(): Set<number> {
  const pids = commands.map(([file, ...args]) => {
    const child = spawn(file, args, { stdio: "ignore" });
    child.on("error", () => {}); // not installed: has no process id either
    return child.pid;
  });
  return new Set(pids.filter((pid) => pid !== undefined));
}
