// npm run differential: random C types, compiled natively and for BPF in both byte orders, against the generated codecs.
//
//   npm run differential                       10,000 types with a new seed
//   npm run differential -- 50000              so many
//   npm run differential -- 10000 7            with this seed
//   npm run differential -- 1 7 --from 123     the one with this seed and number, as a failure names it
//
// Needs clang-19 on an x86-64 machine. A failure is reduced to the smallest type that shows it. Exit code 1 then.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clangTools, exitCode, howToGet, missingTools, root, runMain, SetupError } from "./setup.mjs";

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { from: { type: "string", default: "0" } },
  });
  const [count = 10_000, seed = Math.floor(Math.random() * 2 ** 31)] = positionals.map(Number);
  const from = Number(values.from);
  if (positionals.length > 2 || ![count, seed, from].every((n) => Number.isSafeInteger(n) && n >= 0))
    throw new SetupError("usage: npm run differential -- [COUNT [SEED]] [--from NUMBER]");
  return { count, seed, from };
}

async function main() {
  const { count, seed, from } = readArguments();
  const missing = missingTools(clangTools);
  if (missing.length > 0) throw new SetupError(howToGet(missing));
  const child = spawn(
    process.execPath,
    [join(root, "node_modules/vitest/vitest.mjs"), "run", "test/differential/random.test.ts"],
    {
      cwd: root,
      stdio: "inherit",
      env: {
        ...process.env,
        TINYBPF_REQUIRE: "1",
        TINYBPF_DIFFERENTIAL_COUNT: String(count),
        TINYBPF_DIFFERENTIAL_SEED: String(seed),
        TINYBPF_DIFFERENTIAL_FROM: String(from),
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
