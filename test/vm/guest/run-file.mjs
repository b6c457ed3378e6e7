// Runs one file of tests: node run-file.mjs test/kernel/maps.test.js. The results go to descriptor 3, a line each.
import { startTests } from "@vitest/runner";
import { writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [file] = process.argv.slice(2);

/** Which of its tests are wanted; all when there is none. */
const wanted = process.env.TINYBPF_TEST_NAME ? new RegExp(process.env.TINYBPF_TEST_NAME) : undefined;

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
    testTimeout: 120_000,
    hookTimeout: 120_000,
    retry: 0,
    includeTaskLocation: false,
    tags: [],
    strictTags: false,
  },
  pool: "forks",
  importFile: (path) => import(pathToFileURL(path).href),
};

/** Tests, and suites whose hooks failed: their tests only count as skipped then. */
function* leaves(task, names) {
  const path = task.type === "suite" && task.name === file ? names : [...names, task.name];
  const isFailedSuite = task.type === "suite" && task.name !== file && task.result?.errors?.length > 0;
  if (task.type === "test" || isFailedSuite) yield { task, name: path.join(" > ") };
  if (task.type === "suite") for (const child of task.tasks) yield* leaves(child, path);
}

// For vi.setConfig of the module that stands for vitest.
globalThis.tinybpfRunner = runner;

const reason = (error) =>
  `${error.stack ?? error.message ?? String(error)}${error.cause ? `\ncause: ${error.cause.stack ?? error.cause}` : ""}`;
const report = (line) => writeSync(3, `${JSON.stringify(line)}\n`);

const files = await startTests(
  [{ filepath: `${process.cwd()}/${file}`, fileTags: [], testLocations: undefined }],
  runner,
);
for (const each of files) {
  const errors = each.result?.errors ?? [];
  if (errors.length > 0) report({ file, name: "(file)", state: "fail", why: errors.map(reason).join("\n") });
  for (const { task, name } of leaves(each, [])) {
    const failed = task.result?.errors?.length > 0;
    // The runner skipped what is not wanted.
    if (wanted !== undefined && !failed && !wanted.test(name.replaceAll(" > ", " "))) continue;
    const state = task.result?.state ?? task.mode;
    report({
      file,
      name: name.replace(`${file} > `, ""),
      state,
      ...(task.result?.duration ? { ms: Math.round(task.result.duration) } : {}),
      ...(failed ? { why: task.result.errors.map(reason).join("\n") } : {}),
      ...(task.result?.note ? { why: task.result.note } : {}),
    });
  }
}
report({ file, name: "(end)", state: "end" });
