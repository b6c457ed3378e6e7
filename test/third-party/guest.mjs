// Runs inside a machine: loads the objects that are laid beside it with their skeletons, and says on the console what came
// out, as test/vm/guest/run.mjs does.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { fileURLToPath } from "node:url";
import { init } from "tinybpf";
import { runPool } from "./pool.mjs";

const TIMEOUT = 600_000;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const say = (line) => process.stdout.write(`@@ ${JSON.stringify(line)}\n`);

mkdirSync("/sys/fs/bpf", { recursive: true });
const mounted = spawnSync("mount", ["-t", "bpf", "bpf", "/sys/fs/bpf"], { encoding: "utf8" });
if (mounted.status !== 0) throw new Error(`no BPF file system: ${mounted.stderr}`);
say({ state: "machine", kernel: release(), node: process.version, libbpf: init().version });

/** What the tools' user space sets. */
const configs = JSON.parse(readFileSync(here("configs.json"), "utf8"));
const jobs = readdirSync(here("objects"))
  .map((file) => file.replace(/\.bpf\.o$/, ""))
  .toSorted()
  .map((name) => ({
    name,
    object: here(`objects/${name}.bpf.o`),
    module: here(`skeletons/${name}.skel.js`),
    config: configs[name] ?? {},
  }));
await runPool(new URL("load-worker.mjs", import.meta.url), jobs, {
  concurrency: availableParallelism(),
  timeout: TIMEOUT,
  onDone: ({ name }, result) => {
    const died = { state: "fail", why: result.died };
    const loads = "died" in result ? { skeleton: died, dynamic: died, bpftool: died } : result;
    for (const [way, load] of Object.entries(loads)) say({ file: name, name: way, ...load });
  },
});
say({ state: "done" });
