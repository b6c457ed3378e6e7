// Runs files of tests: node run-files.mjs test/kernel/maps.test.js … The results go to descriptor 3, a line each.
import { startTests } from "@vitest/runner";
import koffi from "koffi";
import { openSync, readlinkSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";

/** Which of their tests are wanted; all when there is none. */
const wanted = process.env.TINYBPF_TEST_NAME ? new RegExp(process.env.TINYBPF_TEST_NAME) : undefined;

const timeouts = { testTimeout: 120_000, hookTimeout: 120_000 };

const runner = {
  config: {
    root: process.cwd(),
    setupFiles: [],
    name: undefined,
    passWithNoTests: false,
    testNamePattern: wanted,
    allowOnly: false,
    sequence: { shuffle: false, concurrent: false, seed: 0, hooks: "stack", setupFiles: "list" },
    maxConcurrency: 1,
    ...timeouts,
    retry: 0,
    includeTaskLocation: false,
    tags: [],
    strictTags: false,
  },
  pool: "forks",
  importFile: (path) => import(pathToFileURL(path).href),
};

// For vi.setConfig of the module that stands for vitest.
globalThis.tinybpfRunner = runner;

/** With what an assertion got, of which its message shows the beginning only. Errors come as plain objects. */
const reason = ({ stack, message, cause, actual }) =>
  [
    stack ?? message ?? "no reason given",
    ...(cause ? [`cause: ${cause.stack ?? shown(cause)}`] : []),
    ...(actual === undefined ? [] : [`got: ${shown(actual)}`]),
  ].join("\n");
const shown = (value) => (typeof value === "string" ? value : inspect(value)).slice(0, 2000);
const report = (line) => writeSync(3, `${JSON.stringify(line)}\n`);

/** Tests, and suites whose hooks failed: their tests only count as skipped then. */
function* leaves(task, names) {
  const path = [...names, task.name];
  const isFailedSuite = task.type === "suite" && task.result?.errors?.length > 0;
  if (task.type === "test" || isFailedSuite) yield { task, name: path.join(" > ") };
  if (task.type === "suite") for (const child of task.tasks) yield* leaves(child, path);
}

function reportTask(file, task, name) {
  const failed = task.result?.errors?.length > 0;
  // The runner skipped what is not wanted.
  if (wanted !== undefined && !failed && !wanted.test(name.replaceAll(" > ", " "))) return;
  report({
    file,
    name,
    state: task.result?.state ?? task.mode,
    ...(task.result?.duration ? { ms: Math.round(task.result.duration) } : {}),
    ...(failed ? { why: task.result.errors.map(reason).join("\n") } : {}),
    ...(task.result?.note ? { why: task.result.note } : {}),
  });
}

/** Namespaces of this thread's, which files of tests leave for others of their own. */
const namespaces = ["net", "mnt"].map((kind) => {
  const path = `/proc/thread-self/ns/${kind}`;
  return { path, inode: readlinkSync(path), fd: openSync(path, "r") };
});
const setns = koffi.load(null).func("int setns(int fd, int type)");

/** What a file did to its process and another would notice. */
function restore() {
  Object.assign(runner.config, timeouts);
  const folder = process.cwd();
  for (const { path, inode, fd } of namespaces)
    if (readlinkSync(path) !== inode && setns(fd, 0) !== 0)
      throw new Error(`setns: errno ${koffi.errno()} (${path})`);
  process.chdir(folder);
}

async function runFile(file) {
  const path = `${process.cwd()}/${file}`;
  const [ran] = await startTests([{ filepath: path, fileTags: [], testLocations: undefined }], runner);
  const errors = ran.result?.errors ?? [];
  if (errors.length > 0) report({ file, name: "(file)", state: "fail", why: errors.map(reason).join("\n") });
  for (const child of ran.tasks) for (const { task, name } of leaves(child, [])) reportTask(file, task, name);
  restore();
  report({ file, name: "(end)", state: "end" });
}

for (const file of process.argv.slice(2)) await runFile(file);
