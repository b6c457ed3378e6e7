// npm run test:libbpf: the tests of the runtime with other versions of libbpf than the system's.
//
// They are built from Debian's sources, once, into a cache: see libbpf.mjs.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildLibbpf } from "./libbpf.mjs";
import {
  announce,
  build,
  checkNode,
  howToGet,
  installPackages,
  installTools,
  isRoot,
  root,
  runMain,
  SetupError,
  testTools,
} from "./setup.mjs";

const TESTS = ["test/kernel", "test/runtime"];

const USAGE = `Runs the tests of the runtime with other versions of libbpf than the system's, built from Debian's sources.

  npm run test:libbpf                  with the oldest that works and the newest that Debian has
  npm run test:libbpf -- newest 1.5    with these: oldest, newest, or a version that Debian has`;

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    return { ...values, wanted: positionals };
  } catch (error) {
    throw new SetupError(`${error.message}\n\n${USAGE}`);
  }
}

async function main() {
  const { help, wanted } = readArguments();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  checkNode();
  if (!isRoot) throw new SetupError("This needs root, for apt and for the kernel.");
  installPackages();
  const missing = installTools(testTools);
  if (missing.length > 0) throw new SetupError(howToGet(missing));
  build();
  const failed = [];
  for (const which of wanted.length === 0 ? ["oldest", "newest"] : wanted) {
    announce(`Building libbpf (${which}) …`);
    const { version, file } = buildLibbpf(which);
    console.log(`libbpf ${version}: ${file}`);
    const { status } = spawnSync(
      process.execPath,
      [join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=default", ...TESTS],
      { cwd: root, stdio: "inherit", env: { ...process.env, TINYBPF_LIBBPF: file, TINYBPF_REQUIRE: "1" } },
    );
    if (status !== 0) failed.push(version);
  }
  if (failed.length > 0) console.error(`Tests failed with libbpf ${failed.join(" and ")}.`);
  return failed.length === 0 ? 0 : 1;
}

await runMain(main);
