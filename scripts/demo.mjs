// npm run demo: from a committed BPF object to typed events of the running kernel, in a fresh clone with nothing but
// Node and npm.
//
// It does what a user would: generate a skeleton, compile it with a program, run the program. Where BPF is out of
// reach (no root, no libbpf, a kernel that refuses) the program decodes a recorded event, says what is missing, and
// exits 0; with TINYBPF_REQUIRE=1 it exits 1.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  announce,
  build,
  checkNode,
  exitCode,
  howToGet,
  installPackages,
  installTools,
  isRoot,
  quietly,
  root,
  runMain,
  runtimeTools,
} from "./setup.mjs";

const object = "fixtures/exec.bpf.o";
const skeleton = "examples/demo/exec.skel.ts";
const program = ".build/demo/main.js";

/** libbpf asks tracefs for the number of a tracepoint. */
const tracefs = "/sys/kernel/tracing";

/**
 * Where tracefs is not mounted (a container, a small VM), root mounts it for the program alone: in a mount namespace
 * that ends with it.
 */
function command() {
  const mounted = existsSync(`${tracefs}/events`) || existsSync("/sys/kernel/debug/tracing/events");
  const plain = [process.execPath, program];
  if (mounted || !isRoot || !existsSync(tracefs)) return plain;
  // Root of a container may lack the capability.
  if (spawnSync("unshare", ["-m", "true"]).status !== 0) return plain;
  return [
    "unshare",
    "-m",
    "sh",
    "-c",
    `mount -t tracefs tracefs ${tracefs} 2>/dev/null; exec "$@"`,
    "sh",
    ...plain,
  ];
}

function run([file, ...args]) {
  const child = spawn(file, args, { cwd: root, stdio: "inherit" });
  // Ctrl-C reaches the program as well: let it detach, and end when it has.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("exit", (code, signal) => done(exitCode({ code, signal })));
  });
}

async function main() {
  checkNode();
  installPackages();
  build();
  const missing = installTools(runtimeTools);
  if (missing.length > 0) console.log(howToGet(missing));

  announce(`Generating ${skeleton} from ${object} (tinybpf-gen) …`);
  // A generator that was changed has the same version still, and would find its own skeleton unchanged.
  rmSync(join(root, skeleton), { force: true });
  quietly(process.execPath, ["src/codegen/bin.js", object, "-o", skeleton]);

  announce("Type-checking and compiling it with the demo program (tsc) …");
  quietly(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "examples/demo"]);

  announce(`Running ${program} …`);
  console.log();
  return run(command());
}

await runMain(main);
