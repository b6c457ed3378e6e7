// npm run test:libbpf: the tests of the runtime with other versions of libbpf than the system's.
//
//   npm run test:libbpf                    the oldest that works (1.0) and the newest that Debian has
//   npm run test:libbpf -- newest 1.5      others
//
// They are built from Debian's sources, once, into a cache: see libbpf.mjs.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildLibbpf } from "./libbpf.mjs";
import { announce, checkNode, installPackages, isRoot, root, runMain, SetupError } from "./setup.mjs";

const TESTS = ["test/kernel", "test/runtime"];

async function main() {
  checkNode();
  if (!isRoot) throw new SetupError("This needs root, for apt and for the kernel.");
  installPackages();
  const wanted = process.argv.slice(2);
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
