// Jobs in processes of their own, so that one that crashes or hangs is known, and no other suffers from it.
import { fork } from "node:child_process";

/**
 * @template Job, Result
 * @param {URL} script calls {@link serve}
 * @param {readonly Job[]} jobs
 * @param {{ concurrency: number, timeout: number, env?: NodeJS.ProcessEnv, onDone: (job: Job, result: Result | { died: string }) => void }} options
 *   timeout in ms
 * @returns {Promise<(Result | { died: string })[]>} in the order of the jobs
 */
export async function runPool(script, jobs, { concurrency, timeout, env = process.env, onDone }) {
  const results = Array.from({ length: jobs.length });
  let next = 0;
  const worker = async () => {
    let child;
    while (next < jobs.length) {
      const index = next++;
      child ??= start(script, env);
      const result = await ask(child, jobs[index], timeout);
      if ("died" in result) child = undefined;
      results[index] = result;
      onDone(jobs[index], result);
    }
    child?.disconnect();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}

/** Answers jobs, one after another, in the process that {@link runPool} started. */
export function serve(work) {
  process.on("message", (job) => {
    work(job).then(
      (result) => process.send?.(result),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}

function start(script, env) {
  const child = fork(script, { env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  child.output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => (child.output = `${child.output}${data}`.slice(-2000)));
  return child;
}

function ask(child, job, timeout) {
  return new Promise((done) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), timeout);
    const finish = (result) => {
      clearTimeout(timer);
      child.off("message", finish);
      child.off("exit", died);
      done(result);
    };
    const died = (code, signal) =>
      finish({ died: `the process ended with ${signal ?? code}: ${child.output.trim()}` });
    child.on("message", finish);
    child.on("exit", died);
    child.send(job);
  });
}
