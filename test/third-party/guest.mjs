// Runs inside a machine: loads objects that are laid beside it with their skeletons, and says on the console what came out,
// as test/vm/guest/run.mjs does. Each is loaded in three ways: through its skeleton, by name (tinybpf/dynamic), and by bpftool.
import { fork, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { fileURLToPath } from "node:url";
import { init } from "tinybpf";
import { load } from "tinybpf/dynamic";
import { skeletonClass } from "./skeleton-class.mjs";

const TIMEOUT = 240_000;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const say = (line) => process.stdout.write(`@@ ${JSON.stringify(line)}\n`);

/** The configuration of a tool, as its user space gives it. */
const configs = JSON.parse(readFileSync(here("configs.json"), "utf8"));

async function attempt(work) {
  try {
    await work();
    return { state: "pass" };
  } catch (error) {
    return { state: "fail", why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

async function loadBoth(name) {
  const config = configs[name] ?? {};
  const object = here(`objects/${name}.bpf.o`);
  const skeleton = await attempt(async () => {
    const Class = await skeletonClass(here(`skeletons/${name}.skel.js`));
    Class.load(config).close();
  });
  return { skeleton, dynamic: await attempt(() => load(object, config).close()) };
}

/** The same in a process of its own. */
function loadApart(name) {
  return new Promise((done) => {
    const child = fork(fileURLToPath(import.meta.url), [name], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    let output = "";
    let answer;
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.on("message", (message) => (answer = message));
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const died = {
        state: "fail",
        why: `the process ended with ${signal ?? code}: ${output.slice(-2000)}`,
      };
      done(answer !== undefined && code === 0 ? answer : { skeleton: died, dynamic: died });
    });
  });
}

function loadWithBpftool(name) {
  const folder = `/sys/fs/bpf/${name}`;
  const { status, stdout, stderr } = spawnSync(
    "bpftool",
    ["prog", "loadall", here(`objects/${name}.bpf.o`), folder],
    { encoding: "utf8", timeout: TIMEOUT },
  );
  if (status === 0) return { state: "pass" };
  // What the verifier printed is long; libbpf says at the end what came of it.
  return { state: "fail", why: `${stdout}${stderr}`.slice(-4000) };
}

async function main() {
  mkdirSync("/sys/fs/bpf", { recursive: true });
  const mounted = spawnSync("mount", ["-t", "bpf", "bpf", "/sys/fs/bpf"], { encoding: "utf8" });
  if (mounted.status !== 0) throw new Error(`no BPF file system: ${mounted.stderr}`);
  const names = readdirSync(here("objects")).map((file) => file.replace(/\.bpf\.o$/, ""));
  say({ state: "machine", kernel: release(), node: process.version, libbpf: init().version });
  const queue = names.toSorted();
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const outcome = { ...(await loadApart(name)), bpftool: loadWithBpftool(name) };
      for (const [way, { state, why }] of Object.entries(outcome)) say({ file: name, name: way, state, why });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  say({ state: "done" });
}

const [name] = process.argv.slice(2);
if (name === undefined) await main();
else process.send(await loadBoth(name), () => process.disconnect());
