// npm run test:vm: runs the tests of test/kernel on other kernels than this machine's, each in a machine of QEMU's.
//
//   npm run test:vm                                all machines; writes docs/kernels.md
//   npm run test:vm -- --kernel 6.1                those with this kernel
//   npm run test:vm -- --kernel 6.1 --arch arm64   this one
//   npm run test:vm -- --list                      what there is
//   npm run test:vm -- --files ringbuf             only files whose names match
//   npm run test:vm -- --check                     fails when docs/kernels.md would change
//
// Results, logs and consoles are in .build/vm. Exit code 1 when a test failed or a machine did not come to its end.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import {
  announce,
  build,
  installPackages,
  installTools,
  runMain,
  SetupError,
  vmTools,
} from "../../scripts/setup.mjs";
import { image } from "./image.mjs";
import { kernel } from "./kernel.mjs";
import { machines, title } from "./machines.mjs";
import { runMachine } from "./qemu.mjs";
import { table } from "./table.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const document = join(root, "docs/kernels.md");
const options = /** @type {const} */ ({
  kernel: { type: "string", multiple: true },
  arch: { type: "string" },
  files: { type: "string" },
  list: { type: "boolean" },
  check: { type: "boolean" },
});

function chosenMachines({ kernel: names, arch }) {
  const chosen = machines.filter(
    (machine) =>
      (names === undefined || names.includes(machine.name) || names.includes(title(machine))) &&
      (arch === undefined || title(machine).endsWith(`-${arch}`)),
  );
  if (chosen.length === 0)
    throw new SetupError(
      `no such machine; there are ${machines.map(title).join(", ")} (npm run test:vm -- --list)`,
    );
  return chosen;
}

async function runTests(machine, values, signal) {
  const work = join(root, ".build/vm", title(machine));
  mkdirSync(work, { recursive: true });
  announce(`${title(machine)}: preparing …`);
  const { image: path, version, ...parts } = kernel(machine);
  const initrd = await image(machine, parts, { TINYBPF_TEST_FILES: values.files ?? "" }, work);
  announce(`${title(machine)}: Linux ${version} …`);
  const started = performance.now();
  const log = join(work, "console.log");
  const outcome = await runMachine(machine, {
    kernel: path,
    initrd,
    log,
    signal,
    onResult: ({ state, file, name, why }) => {
      if (state === "fail") console.log(`  FAIL ${file} > ${name}\n${(why ?? "").replace(/^/gm, "    ")}`);
    },
  });
  writeFileSync(join(work, "results.json"), `${JSON.stringify(outcome, null, 1)}\n`);
  const count = (state) => outcome.results.filter((result) => result.state === state).length;
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${title(machine)}: ${count("pass")} passed, ${count("fail")} failed, ${count("skip")} skipped (${seconds} s)` +
      (outcome.done ? "" : `; it did not come to the end: see ${log}`),
  );
  return { machine, outcome };
}

async function main() {
  const { values } = parseArgs({ options });
  if (values.list) {
    for (const machine of machines) {
      const { suite, userland, node } = machine;
      console.log(`${title(machine).padEnd(12)}  kernel of ${suite}, libbpf of ${userland}, Node ${node}`);
    }
    return 0;
  }
  const chosen = chosenMachines(values);
  installPackages();
  const missing = installTools(vmTools);
  if (missing.length > 0) throw new SetupError(`Missing: ${missing.map(({ name }) => name).join(", ")}`);
  build();

  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort());
  const runs = [];
  for (const machine of chosen) runs.push(await runTests(machine, values, abort.signal));

  const failed = runs.some(
    ({ outcome }) => !outcome.done || outcome.results.some(({ state }) => state === "fail"),
  );
  if (failed) return 1;
  if (chosen.length < machines.length || values.files !== undefined) return 0;
  const text = await format(table(runs), { ...(await resolveConfig(document)), parser: "markdown" });
  const before = existsSync(document) ? readFileSync(document, "utf8") : "";
  if (text === before) return 0;
  if (values.check) {
    writeFileSync(join(root, ".build/vm/kernels.md"), text);
    console.log(
      "docs/kernels.md is not what the machines show (.build/vm/kernels.md): npm run test:vm writes it",
    );
    return 1;
  }
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(document, text);
  console.log("wrote docs/kernels.md");
  return 0;
}

await runMain(main);
