// Runs all files of tests inside a machine, each in a process of its own, and says on the console what came out: lines
// that start with "@@ ", the rest is for people.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { init } from "tinybpf";

const say = (line) => process.stdout.write(`@@ ${JSON.stringify(line)}\n`);

/** Nothing waits for ever. */
const FILE_TIMEOUT = 240_000;

const pattern = new RegExp(process.env.TINYBPF_TEST_FILES || ".");
/** What compiles or generates code does so on the host, where the same tests run. */
const hostOnly = new Set(["embedded", "javascript", "names", "verifier"].map((name) => `${name}.test.js`));
const all = readdirSync("test/kernel", { recursive: true })
  .filter((name) => name.endsWith(".test.js") && pattern.test(name))
  .toSorted();
const files = all.filter((name) => !hostOnly.has(name)).map((name) => `test/kernel/${name}`);

function runFile(file) {
  return new Promise((done) => {
    const started = performance.now();
    const child = spawn(process.execPath, ["--expose-gc", "run-file.mjs", file], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    let output = "";
    let ended = false;
    let results = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.stdio[3].on("data", (data) => {
      results += data;
      const lines = results.split("\n");
      results = lines.pop();
      for (const line of lines) {
        const result = JSON.parse(line);
        if (result.state === "end") ended = true;
        else say(result);
      }
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), FILE_TIMEOUT);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (!ended || code !== 0)
        say({
          file,
          name: "(process)",
          state: "fail",
          why: `ended with ${signal ?? code} ${ended ? "after its tests" : "before its tests did"}\n${output.slice(-4000)}`,
        });
      say({ file, state: "file", ms: Math.round(performance.now() - started) });
      done();
    });
  });
}

say({
  state: "machine",
  kernel: release(),
  node: process.version,
  arch: process.arch,
  libbpf: init().version,
  cpus: availableParallelism(),
  files: files.length,
});
for (const name of all.filter((each) => hostOnly.has(each)))
  say({
    file: `test/kernel/${name}`,
    name: "(file)",
    state: "skip",
    why: "compiles or generates code: runs on the host",
  });
const queue = [...files];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await runFile(file);
  }),
);
const [up] = readFileSync("/proc/uptime", "utf8").split(" ");
say({ state: "done", up: Number(up) });
