import { statSync } from "node:fs";
import { startChildren } from "./children.ts";
import { Exec } from "./exec.skel.ts";
import { printEvent, printHead, timeOfDay } from "./table.ts";

/** More than enough for a few processes to start, even on a busy machine. */
const PATIENCE_MS = 10_000;

/**
 * Loads the program, told to report the children of this process and nobody else's, and attaches it.
 *
 * @throws {TinyBpfError} when that is not possible here; nothing stays loaded.
 */
export function attachExec(): Exec {
  const pidNamespace = statSync("/proc/self/ns/pid").ino;
  const exec = Exec.load({ rodata: { target_ppid: process.pid, target_pidns: pidNamespace } });
  try {
    exec.attach();
    return exec;
  } catch (error) {
    exec.close();
    throw error;
  }
}

/**
 * Starts a few processes and prints their events, then detaches and unloads the program.
 *
 * @returns the exit code: 0 when every process was seen, 1 when not, 130 after Ctrl-C.
 */
export async function watch(exec: Exec): Promise<number> {
  // Closing the skeleton ends the loop below.
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    exec.close();
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  const timer = setTimeout(() => exec.close(), PATIENCE_MS);

  try {
    printHead();
    const unseen = startChildren();
    for await (const event of exec.maps.events) {
      printEvent(event, timeOfDay(event.ts));
      unseen.delete(event.pid);
      if (unseen.size === 0) {
        printCounters(exec);
        return 0;
      }
    }
    if (interrupted) return 130;
    console.error(
      `${unseen.size} processes started, but the kernel did not report them within ${PATIENCE_MS} ms.`,
    );
    return 1;
  } finally {
    clearTimeout(timer);
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    exec.close();
  }
}

/** What the program counted: a C global, read from mapped memory, and a hash map, iterated like a `Map`. */
function printCounters(exec: Exec): void {
  let execs = 0n;
  for (const [, stats] of exec.maps.per_pid) execs += stats.execs;
  const { hits, dropped } = exec.bss;
  console.log(`\nbss: hits ${hits}, dropped ${dropped}. per_pid: ${execs} execs.`);
}
