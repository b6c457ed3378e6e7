/** Runs the misuse of a seed in a child process, and tells what it was doing when it failed, crashed or hung. */
import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CompiledProgram } from "./compile.ts";

/** A step that takes longer hangs; the longest take some milliseconds. */
const SILENCE_MS = 60_000;
const SHOWN_STEPS = 25;

export interface MisuseResult {
  readonly ok: boolean;
  /** What went wrong, with the last steps and how to repeat them. */
  readonly report: string;
}

export function runMisuse(
  program: CompiledProgram,
  steps: number,
  seed: number,
  from = 0,
  scene = "",
): Promise<MisuseResult> {
  const journal = join(program.path, `../journal-${seed}-${from}`);
  const flags = ["--expose-gc", "--no-warnings"];
  const args = [program.path, steps, seed, from, program.fixtures, journal, scene].map(String);
  const child = spawn(process.execPath, [...flags, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data) => (stderr += String(data)));
  let hangs = false;
  let size = -1;
  const watchdog = setInterval(() => {
    const now = statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
    hangs = now === size;
    size = now;
    if (hangs) child.kill("SIGKILL");
  }, SILENCE_MS);
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) => {
      clearInterval(watchdog);
      const lines = readFileSync(journal, "utf8").trimEnd().split("\n");
      const ok = code === 0 && lines.at(-1) === "done";
      const episode = Number(lines.findLast((line) => line.startsWith("episode "))?.split(" ")[1]);
      const how = hangs ? `silent for ${SILENCE_MS / 1000} s` : `ended with ${signal ?? String(code)}`;
      const report = [
        `misuse with seed ${seed}: ${how}`,
        stderr.trim(),
        "The last steps:",
        ...lines.slice(-SHOWN_STEPS).map((line) => `  ${line.slice(0, 300)}`),
        `again: npm run misuse -- 250 ${seed} --from ${episode}${scene && ` --scene ${scene}`}`,
      ].join("\n");
      done({ ok, report: ok ? "" : report });
    });
  });
}
