// `npm run bench`: the benchmarks, each beside a yardstick measured in the same run. Machines are noisy: compare the
// ratios, not the numbers. `npm run bench -- ringbuf` runs those whose name begins so.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { codegenRows } from "./codegen.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const out = join(root, ".build/bench/");
const only = process.argv[2] ?? "";

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const run = (file, args, options) => execFileSync(file, args, { cwd: root, encoding: "utf8", ...options });
const node = (...args) => run(process.execPath, args);

function table(title, rows, unit, yardstick) {
  console.log(`\n${title}`);
  const [, base] = rows.find(([name]) => name === yardstick) ?? [yardstick, undefined];
  for (const [name, values] of rows) {
    const middle = median(values);
    const ratio = base === undefined ? "" : `${(middle / median(base)).toFixed(1)}x`;
    const range = `${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)}`;
    console.log(
      `  ${name.padEnd(44)}${middle.toFixed(1).padStart(9)} ${unit}  ${range.padStart(15)}  ${ratio.padStart(8)}`,
    );
  }
}

/** Makes JavaScript of a benchmark and what it imports, below `out`. */
function compile(entry) {
  const options =
    "--ignoreConfig --target es2022 --lib es2023,esnext.disposable --types node --module nodenext --rewriteRelativeImportExtensions --rootDir .";
  const tsc = ["--no-install", "tsc", ...options.split(" "), "--outDir", join(out, "js"), entry];
  run("npx", tsc, { stdio: "inherit" });
}

function ringbuf() {
  const events = "1000000";
  const runs = "12";
  const object = join(root, "fixtures/syscall.bpf.o");
  compile("bench/ringbuf.ts");
  run("cc", ["-O2", "-o", join(out, "ringbuf"), "bench/ringbuf.c", "-lbpf"], { stdio: "inherit" });

  const script = join(out, "js/bench/ringbuf.js");
  const rows = [
    ["C on libbpf", run(join(out, "ringbuf"), [object, events, runs]).trim().split("\n").map(Number)],
  ];
  for (const name of JSON.parse(node(script, "--list")))
    // The first runs are the compiler's.
    rows.push([name, JSON.parse(node(script, name, events, runs)).slice(4)]);
  table(`Ring buffer: ${events} events of 32 bytes, a record each`, rows, "ns/event", "C on libbpf");
}

function perf() {
  const events = "1000000";
  const runs = "12";
  const pages = "16384";
  const object = join(root, "fixtures/perf_events.bpf.o");
  compile("bench/perf.ts");
  run("cc", ["-O2", "-o", join(out, "perf"), "bench/perf.c", "-lbpf"], { stdio: "inherit" });

  const script = join(out, "js/bench/perf.js");
  const rows = [
    ["C on libbpf", run(join(out, "perf"), [object, events, runs, pages]).trim().split("\n").map(Number)],
  ];
  for (const name of JSON.parse(node(script, "--list")))
    // The first runs are the compiler's.
    rows.push([name, JSON.parse(node(script, name, events, runs, pages)).slice(4)]);
  table(`Perf event array: ${events} events of 28 bytes, a record each`, rows, "ns/event", "C on libbpf");
}

function maps() {
  const sizes = ["10000", "100000"];
  compile("bench/maps.ts");
  run("cc", ["-O2", "-o", join(out, "maps"), "bench/maps.c", "-lbpf"], { stdio: "inherit" });
  const results = new Map();
  const add = (who, text) => {
    for (const line of text.trim().split("\n")) {
      const [name, value] = line.split("\t");
      const row = results.get(name) ?? { c: [], ours: [] };
      row[who].push(Number(value));
      results.set(name, row);
    }
  };
  // In turns, so that whatever else the machine does hits both.
  for (let round = 0; round < 7; round++) {
    add("c", run(join(out, "maps"), sizes));
    add("ours", node(join(out, "js/bench/maps.js"), ...sizes));
  }
  console.log(
    `\nA hash map of ${sizes[0]} values of 16 bytes: median of 7 rounds, C on libbpf and tinybpf in turns`,
  );
  for (const [name, { c, ours }] of results) {
    const shown = [c, ours].map((values) =>
      (values.length === 0 ? "-" : median(values).toFixed(0)).padStart(7),
    );
    // A bare call is held against C's, as what is around it is: the two ratios are what koffi costs, and what we do.
    const yardstick = results.get(name.replace(/^bare /, "")).c;
    const ratio =
      yardstick.length > 0 && ours.length > 0 ? `${(median(ours) / median(yardstick)).toFixed(2)}x` : "";
    console.log(`  ${name.padEnd(24)} C${shown[0]}   tinybpf${shown[1]} ns/entry  ${ratio.padStart(7)}`);
  }
}

function codec() {
  compile("bench/codec/main.ts");
  // Further words say which structs: `npm run bench -- codec flags`.
  run(process.execPath, [join(out, "js/bench/codec/main.js"), ...process.argv.slice(3)], {
    stdio: "inherit",
  });
}

function btf() {
  const script = `
    import { loadKernelBtf } from "tinybpf-btf";
    const times = [];
    const start = performance.now();
    const btf = loadKernelBtf();
    const opened = performance.now();
    const task = btf.find("task_struct", "STRUCT");
    if (task === undefined) throw new Error("no task_struct");
    console.log(JSON.stringify([opened - start, performance.now() - opened]));`;
  const results = Array.from({ length: 7 }, () => JSON.parse(node("--input-type=module", "-e", script)));
  const rows = [
    ["open /sys/kernel/btf/vmlinux, cold", results.map(([open]) => open)],
    ["then find task_struct, first look-up", results.map(([, find]) => find)],
  ];
  table("The kernel's BTF", rows, "ms", undefined);
}

function codegen() {
  table("The generator, each in a new process", codegenRows(out), "ms", "node, doing nothing");
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "package.json"), '{ "type": "module" }\n');
for (const [name, bench] of Object.entries({ ringbuf, perf, maps, codec, btf, codegen }))
  if (name.startsWith(only)) bench();
