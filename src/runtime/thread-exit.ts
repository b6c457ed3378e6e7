/**
 * What a worker thread must not leave behind: unlike a process, it takes no descriptors along when it ends.
 *
 * `Worker.terminate()` runs no code in the thread, so what is open then stays open until the process ends.
 */
import { isMainThread } from "node:worker_threads";

const actions = new Set<() => void>();
let watched = false;

/**
 * Runs `action` when this worker thread ends, the last one first; never on the main thread.
 *
 * @returns a function that takes it back
 */
export function atThreadExit(action: () => void): () => void {
  if (isMainThread) return () => undefined;
  actions.add(action);
  if (!watched) {
    watched = true;
    process.once("exit", () => {
      for (const left of [...actions].toReversed()) left();
    });
  }
  return () => void actions.delete(action);
}
