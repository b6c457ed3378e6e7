// Loads an object through its skeleton, by name (tinybpf/dynamic), and, to compare, with bpftool. Runs inside a machine.
import { spawnSync } from "node:child_process";
import { load } from "tinybpf/dynamic";
import { serve } from "./pool.mjs";
import { skeletonClass } from "./skeleton-class.mjs";

const TIMEOUT = 240_000;

/** @typedef {{ state: "pass" | "fail", why?: string }} Load */

async function attempt(work) {
  try {
    await work();
    return { state: "pass" };
  } catch (error) {
    return { state: "fail", why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

function loadWithBpftool(object, folder) {
  const { status, signal, stdout, stderr } = spawnSync("bpftool", ["prog", "loadall", object, folder], {
    encoding: "utf8",
    timeout: TIMEOUT,
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return { state: "pass" };
  // The verifier says much; libbpf says at the end what came of it.
  return {
    state: "fail",
    why: `bpftool ended with ${signal ?? status}: ${`${stdout}${stderr}`.slice(-2000)}`,
  };
}

/** @param {{ name: string, object: string, module: string, config: object }} job */
async function loadInAllWays({ name, object, module, config }) {
  return {
    skeleton: await attempt(async () => (await skeletonClass(module)).load(config).close()),
    dynamic: await attempt(() => load(object, config).close()),
    bpftool: loadWithBpftool(object, `/sys/fs/bpf/${name.replaceAll(".", "_")}`),
  };
}

serve(loadInAllWays);
