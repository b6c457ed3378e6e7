// npm run misuse: random sequences of calls over everything the runtime exports, right and wrong, against models of what
// must come of them. A process of its own makes them, and what it was doing when it failed, crashed or hung is printed.
//
//   npm run misuse                         500,000 steps with a new seed
//   npm run misuse -- 50000                so many
//   npm run misuse -- 50000 7              with this seed
//   npm run misuse -- 250 7 --from 123     the episode with this number, as a failure names it
//   npm run misuse -- 50000 --scene perf   this scene alone, of test/misuse/scenes.ts
//
// Needs root. Exit code 1 on a failure.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exitCode, root, runMain, SetupError } from "./setup.mjs";

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { from: { type: "string", default: "0" }, scene: { type: "string", default: "" } },
  });
  const [steps = 500_000, seed = Math.floor(Math.random() * 2 ** 31)] = positionals.map(Number);
  const from = Number(values.from);
  if (positionals.length > 2 || ![steps, seed, from].every((n) => Number.isSafeInteger(n) && n >= 0))
    throw new SetupError("usage: npm run misuse -- [STEPS [SEED]] [--from EPISODE] [--scene NAME]");
  return { steps, seed, from, scene: values.scene };
}

async function main() {
  const { steps, seed, from, scene } = readArguments();
  const child = spawn(
    process.execPath,
    [join(root, "node_modules/vitest/vitest.mjs"), "run", "test/misuse/misuse.test.ts"],
    {
      cwd: root,
      stdio: "inherit",
      env: {
        ...process.env,
        TINYBPF_REQUIRE: "1",
        TINYBPF_MISUSE_STEPS: String(steps),
        TINYBPF_MISUSE_SEED: String(seed),
        TINYBPF_MISUSE_FROM: String(from),
        TINYBPF_MISUSE_SCENE: scene,
      },
    },
  );
  // Ctrl-C reaches vitest as well: let it clean up, and end when it has.
  process.on("SIGINT", () => {});
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("exit", (code, signal) => done(exitCode({ code, signal })));
  });
}

await runMain(main);
