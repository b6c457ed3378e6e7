// Runs all files of tests inside a machine, some at a time in a process of their own, and says on the console what came out:
// lines that start with "@@ ", the rest is for people.
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

/** How many files share a process. Starting one, and loading what all of them use, takes longer than most files. */
const SHARED = Number(process.env.TINYBPF_FILES_PER_PROCESS || 1);

function runFiles(started) {
  return new Promise((done) => {
    const child = spawn(process.execPath, ["--expose-gc", "run-files.mjs", ...started], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const waiting = [...started];
    let since = performance.now();
    let output = "";
    let results = "";
    const timer = setTimeout(() => child.kill("SIGKILL"), FILE_TIMEOUT);
    const fail = (file, why) =>
      say({ file, name: "(process)", state: "fail", why: `${why}\n${output.slice(-4000)}` });
    const ended = () => {
      say({ file: waiting.shift(), state: "file", ms: Math.round(performance.now() - since) });
      since = performance.now();
      timer.refresh();
    };
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.stdio[3].on("data", (data) => {
      results += data;
      const lines = results.split("\n");
      results = lines.pop();
      for (const line of lines) {
        const result = JSON.parse(line);
        if (result.state === "end") ended();
        else say(result);
      }
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const how = `ended with ${signal ?? code}`;
      if (waiting.length === 0 && code !== 0) fail(started.at(-1), `${how} after its tests`);
      for (const file of waiting) fail(file, `${how} before its tests did`);
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
    while (queue.length > 0) await runFiles(queue.splice(0, SHARED));
  }),
);
const [up] = readFileSync("/proc/uptime", "utf8").split(" ");
say({ state: "done", up: Number(up) });
