// npm run fuzz: mutates the fixture objects and reads each with tinybpf-btf, which must give a model or one of its two
// errors, whatever the bytes are.
//
//   npm run fuzz                         1,000,000 mutations with a seed of today
//   npm run fuzz -- 50000                so many
//   npm run fuzz -- 50000 7              with this seed
//   npm run fuzz -- 1 7 --from 123       the one with this seed and index, as a failure names it
//
// The work is done in child processes with little memory. One that is silent for a minute hangs. Exit code 1 when
// anything failed; then what failed is on stderr, with the command that repeats it.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Mutations of one child: enough to make its start-up cheap, few enough to share between processors. */
const BATCH = 5000;
const HEAP_MB = 128;
const SILENCE_MS = 60_000;

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { from: { type: "string", default: "0" } },
  });
  const day = Math.floor(Date.now() / 86_400_000);
  const [count = 1_000_000, seed = day] = positionals.map(Number);
  const from = Number(values.from);
  if (![count, seed, from].every((number) => Number.isSafeInteger(number) && number >= 0)) {
    throw new Error("usage: npm run fuzz -- [COUNT [SEED]] [--from INDEX]");
  }
  return { count, seed, from };
}

/** Compiles parser and fuzzer; types are checked elsewhere. */
function compile(folder) {
  const options = [
    "--noCheck",
    "--ignoreConfig",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--types",
    "node",
  ];
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/typescript/bin/tsc"),
      ...options,
      "--rewriteRelativeImportExtensions",
      "--rootDir",
      root,
      "--outDir",
      folder,
      join(root, "test/btf-parser/fuzz.ts"),
    ],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`tsc: ${stdout}`);
}

/** Runs one batch; gives its counts and failures. */
function runBatch(program, { seed, from, to }, onProgress) {
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${HEAP_MB}`,
      program,
      join(root, "fixtures"),
      String(seed),
      String(from),
      String(to),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const failures = [];
  let at = from;
  let counts;
  let stderr = "";
  let hangs = false;
  const silence = setTimeout(() => {
    hangs = true;
    child.kill("SIGKILL");
  }, SILENCE_MS);
  child.stderr.on("data", (data) => (stderr += data));
  createInterface({ input: child.stdout }).on("line", (line) => {
    silence.refresh();
    const space = line.indexOf(" ");
    const [word, rest] = [line.slice(0, space), line.slice(space + 1)];
    if (word === "at") {
      onProgress(Number(rest) - at);
      at = Number(rest);
    } else if (word === "failed") failures.push(JSON.parse(rest));
    else if (word === "done") counts = JSON.parse(rest);
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) => {
      clearTimeout(silence);
      if (counts === undefined) {
        const why = hangs
          ? `silent for ${SILENCE_MS / 1000} s`
          : `ended with ${signal ?? code}: ${stderr.trim()}`;
        failures.push({ index: at, fixture: `one of 16 from index ${at}`, error: why });
      } else onProgress(to - at);
      done({ failures, counts: counts ?? {} });
    });
  });
}

function progressLine(total) {
  let done = 0;
  const start = Date.now();
  const isTerminal = process.stderr.isTTY === true;
  return {
    add(number) {
      done += number;
      const rate = Math.round(done / Math.max(0.001, (Date.now() - start) / 1000));
      if (isTerminal) process.stderr.write(`\r${done} of ${total} mutations, ${rate}/s `);
    },
    end() {
      if (isTerminal) process.stderr.write("\r\x1b[K");
    },
  };
}

async function main() {
  const { count, seed, from } = readArguments();
  mkdirSync(join(root, ".build"), { recursive: true });
  const folder = mkdtempSync(join(root, ".build", "fuzz-"));
  process.once("SIGINT", () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  });
  try {
    compile(folder);
    const program = join(folder, "test/btf-parser/fuzz.js");
    const end = from + count;
    const batches = Array.from({ length: Math.ceil(count / BATCH) }, (_, index) => ({
      seed,
      from: from + index * BATCH,
      to: Math.min(end, from + (index + 1) * BATCH),
    }));
    const progress = progressLine(count);
    const totals = {};
    const failures = [];
    const work = async () => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        const result = await runBatch(program, batch, (number) => progress.add(number));
        failures.push(...result.failures);
        for (const [name, number] of Object.entries(result.counts))
          totals[name] = (totals[name] ?? 0) + number;
      }
    };
    await Promise.all(Array.from({ length: Math.min(batches.length, availableParallelism()) }, work));
    progress.end();
    for (const { index, fixture, error } of failures) {
      console.error(`mutation ${index} of ${fixture}: ${error}`);
      console.error(
        `again: npm run fuzz -- ${fixture.startsWith("one of") ? 16 : 1} ${seed} --from ${index}\n`,
      );
    }
    console.log(JSON.stringify({ mutations: count, seed, failures: failures.length, ...totals }));
    return failures.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
