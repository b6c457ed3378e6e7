// npm run test:node: the packages with other versions of Node than the one that runs here.
//
// With each: the tests outside of test/kernel, and a program that uses skeletons in a project with the packages installed
// (test/node/smoke.ts), on the running kernel. Node comes from npm. Exit code 1 when something failed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { nodeBinary } from "../test/vm/node.mjs";
import {
  announce,
  build,
  checkNode,
  howToGet,
  installPackages,
  installTools,
  interruption,
  INTERRUPTED,
  isRoot,
  root,
  runMain,
  SetupError,
  testTools,
} from "./setup.mjs";
import { layProject, tryProject } from "./user-project.mjs";

const versions = ["20", "22", "24", "26"];

/** The first that runs TypeScript with `using` as it is. */
const RUNS_TYPESCRIPT = 24;

/** What differs between versions of Node first: bytes and buffers, workers, files, how programs are started. */
const quickTests = [
  "test/btf-parser",
  "test/runtime",
  "test/codegen/cells",
  "test/codegen/golden.test.ts",
  "test/codegen/node.test.ts",
  "--exclude",
  "test/btf-parser/mutation.test.ts",
];

const usage = `Runs the tests outside of test/kernel, and a program in a project with the packages, with other versions of Node.

  npm run test:node               with ${versions.join(", ")}: some minutes each
  npm run test:node -- 22 26      with these
  npm run test:node -- --quick    without the tests that compile or generate for long`;

function chosen() {
  const { values, positionals } = parsed();
  const unknown = positionals.filter((version) => !versions.includes(version));
  if (unknown.length > 0) throw new SetupError(`no version that is tested: ${unknown.join(", ")}\n${usage}`);
  return { ...values, wanted: positionals.length === 0 ? versions : positionals };
}

function parsed() {
  const options = /** @type {const} */ ({
    quick: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new SetupError(`${error.message}\n${usage}`);
  }
}

/** Runs vitest with a Node; the counts, or what is wrong. */
function unitTests(node, quick) {
  const which = quick ? quickTests : ["--exclude", "test/kernel/**"];
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(
    node,
    [join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=dot", ...which],
    {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      // Tests that start `node` mean this one.
      env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`, NO_COLOR: "1" },
    },
  );
  if (status !== 0) throw new SetupError(`${stdout}${stderr}`);
  const count = /^\s+Tests +(.*)$/m.exec(stdout)?.[1] ?? "no counts";
  return `unit tests: ${count} (${Math.round((performance.now() - started) / 1000)} s)`;
}

function tryVersion(version, project, quick) {
  const { path } = nodeBinary(/** @type {"x64" | "arm64"} */ (process.arch), Number(version));
  const stripsTypes = Number(version) >= RUNS_TYPESCRIPT;
  const said = tryProject(project, [path], { stripsTypes });
  const how = stripsTypes ? "TypeScript as it is" : "compiled";
  return `${said}; ${how}; ${unitTests(path, quick)}`;
}

async function main() {
  const { help, quick, wanted } = chosen();
  if (help) {
    console.log(usage);
    return 0;
  }
  checkNode();
  if (!isRoot) throw new SetupError("This needs root, for the kernel.");
  installPackages();
  const missing = installTools(testTools);
  if (missing.length > 0) throw new SetupError(howToGet(missing));
  build();
  announce("Making a project with the packages (npm install) …");
  const { came } = interruption();
  const project = mkdtempSync(join(tmpdir(), "tinybpf-node-"));
  let failed = 0;
  try {
    layProject(project);
    for (const version of wanted) {
      if (await came()) return INTERRUPTED;
      announce(`Node ${version} …`);
      try {
        console.log(`${version}: ${tryVersion(version, project, quick)}`);
      } catch (error) {
        if (await came()) return INTERRUPTED;
        if (!(error instanceof SetupError)) throw error;
        failed++;
        console.log(`${version}: FAILED\n${error.message}`);
      }
    }
  } catch (error) {
    if (await came()) return INTERRUPTED;
    throw error;
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
  if (await came()) return INTERRUPTED;
  return failed === 0 ? 0 : 1;
}

await runMain(main);
