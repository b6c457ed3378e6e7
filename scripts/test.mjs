// npm test: brings a fresh clone to where it can run every test, and runs them.
//
//   npm test                              everything
//   npm test -- test/kernel -t "ring"     what vitest is to run; all arguments are its own
//
// As root, a test that cannot run is a failure, because root can install what it needs (TINYBPF_REQUIRE=1, which
// TINYBPF_REQUIRE=0 overrules). Otherwise it is skipped and says why.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  build,
  checkNode,
  exitCode,
  howToGet,
  installPackages,
  installTools,
  required,
  root,
  runMain,
  SetupError,
  testTools,
} from "./setup.mjs";

const summary = join(root, ".build/test-summary.txt");

function vitest(args) {
  const child = spawn(
    process.execPath,
    [
      join(root, "node_modules/vitest/vitest.mjs"),
      "run",
      "--reporter=default",
      `--reporter=${join(root, "scripts/summary-reporter.mjs")}`,
      ...args,
    ],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, TINYBPF_REQUIRE: required ? "1" : "0", TINYBPF_TEST_SUMMARY: summary },
    },
  );
  // Ctrl-C reaches vitest as well: let it clean up, and end when it has.
  process.on("SIGINT", () => {});
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("exit", (code, signal) => done(exitCode({ code, signal })));
  });
}

async function main() {
  checkNode();
  installPackages();
  const missing = installTools(testTools);
  if (missing.length > 0) {
    const text = howToGet(missing);
    if (required) throw new SetupError(`${text}\nTINYBPF_REQUIRE=0 npm test skips the tests that need it.`);
    console.log(`${text}\nTests that need it are skipped.`);
  }
  build();

  rmSync(summary, { force: true });
  const code = await vitest(process.argv.slice(2));
  if (existsSync(summary)) console.log(readFileSync(summary, "utf8").trimEnd());
  return code;
}

await runMain(main);
