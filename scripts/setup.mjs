// What `npm test` and `npm run demo` share: bringing a fresh clone to where it can run, with nothing but Node and npm.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { constants as osConstants } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

export const isRoot = process.getuid?.() === 0;

/**
 * Whether something that is missing is a failure ("1") rather than a reason to skip. Root has no excuse: whatever is
 * missing can be installed. TINYBPF_REQUIRE=0 overrules that.
 */
export const required = (process.env.TINYBPF_REQUIRE ?? (isRoot ? "1" : "0")) === "1";

/** A failure whose message is all there is to say. */
export class SetupError extends Error {
  name = "SetupError";
}

/** @typedef {{ name: string, packages: string[], found: () => boolean }} Tool */

// bpftool and ip live in sbin, which is not on everybody's PATH.
const folders = [...(process.env.PATH ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin"];

const onPath = (command) => () =>
  folders.some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const file = (path) => () => existsSync(path);

/** @type {Tool} */
const libbpf = { name: "libbpf.so.1", packages: ["libbpf1"], found: findsLibbpf };

/** What compiles BPF programs. @type {Tool[]} */
export const clangTools = [
  { name: "clang-19", packages: ["clang-19"], found: onPath("clang-19") },
  { name: "llvm-strip-19", packages: ["llvm-19"], found: onPath("llvm-strip-19") },
  { name: "<bpf/bpf_helpers.h>", packages: ["libbpf-dev"], found: file("/usr/include/bpf/bpf_helpers.h") },
  { name: "<linux/bpf.h>", packages: ["linux-libc-dev"], found: file("/usr/include/linux/bpf.h") },
];

/** What the tests use besides. @type {Tool[]} */
export const testTools = [
  ...clangTools,
  libbpf,
  { name: "bpftool", packages: ["bpftool"], found: onPath("bpftool") },
  { name: "cc", packages: ["gcc", "libc6-dev"], found: onPath("cc") },
  { name: "<stdio.h>", packages: ["libc6-dev"], found: file("/usr/include/stdio.h") },
  { name: "ip", packages: ["iproute2"], found: onPath("ip") },
];

/** What the machines of test/vm take. @type {Tool[]} */
export const vmTools = [
  ...clangTools,
  { name: "ld.lld-19", packages: ["lld-19"], found: onPath("ld.lld-19") },
  { name: "cpio", packages: ["cpio"], found: onPath("cpio") },
  { name: "depmod", packages: ["kmod"], found: onPath("depmod") },
  { name: "xz", packages: ["xz-utils"], found: onPath("xz") },
  { name: "zstd", packages: ["zstd"], found: onPath("zstd") },
];

/** What loading a program takes. @type {Tool[]} */
export const runtimeTools = [libbpf];

function findsLibbpf() {
  if (process.env.TINYBPF_LIBBPF) return true;
  const listed = spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" });
  if (listed.status === 0) return listed.stdout.includes("libbpf.so.1 ");
  return ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib"].some((folder) =>
    existsSync(`${folder}/libbpf.so.1`),
  );
}

/** @param {Tool[]} tools */
export const missingTools = (tools) => tools.filter((tool) => !tool.found());

/** @param {Tool[]} missing */
const packagesOf = (missing) => [...new Set(missing.flatMap((tool) => tool.packages))];

/** One sentence: what is missing and how to get it. @param {Tool[]} missing */
export function howToGet(missing) {
  const names = missing.map((tool) => tool.name).join(", ");
  return `Missing: ${names}. On Debian: apt-get install ${packagesOf(missing).join(" ")}`;
}

/** Says what takes a while before it does. */
export function announce(text) {
  const dim = process.stdout.isTTY && !process.env.NO_COLOR;
  console.log(dim ? `\u001b[2m${text}\u001b[0m` : text);
}

/** Runs a command without its output, unless it fails. */
export function quietly(command, args, { env = process.env } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 28,
  });
  if (result.signal === "SIGINT") process.kill(process.pid, "SIGINT");
  if (result.status === 0) return;
  const log = [result.stdout, result.stderr, result.error?.message].filter(Boolean).join("").trimEnd();
  const how = result.signal ? `was ended by ${result.signal}` : `failed (exit ${result.status})`;
  throw new SetupError(`${log}\n\n\`${[command, ...args].join(" ")}\` ${how}.`);
}

/** Node 20.19 is the floor of the packages (package.json, `engines`). */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(`Node ${process.versions.node} is too old: tinybpf needs 20.19 or newer.`);
}

/** `npm ci`, when node_modules is missing or older than the lock file. */
export function installPackages() {
  // npm writes this file last, and a copy of what is installed with it.
  const installed = statSync(join(root, "node_modules/.package-lock.json"), { throwIfNoEntry: false });
  if (installed && installed.mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs) return;

  announce("Installing npm packages (npm ci) …");
  try {
    quietly("npm", ["ci", "--no-audit", "--no-fund"]);
  } catch (error) {
    if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/.test(error.message))
      throw error;
    throw new SetupError(
      `${error.message}\nThe npm registry cannot be reached; the first run needs the network.`,
    );
  }
}

/** Compiles the three packages. */
export function build() {
  announce("Building (npm run build) …");
  quietly("npm", ["run", "--silent", "build"]);
}

/**
 * Installs what is missing with apt-get, when there is one and we may.
 *
 * @param {Tool[]} tools
 * @returns {Tool[]} what is still missing
 */
export function installTools(tools) {
  const missing = missingTools(tools);
  if (missing.length === 0 || !isRoot || !onPath("apt-get")()) return missing;

  const packages = packagesOf(missing);
  announce(`Installing ${packages.join(", ")} (apt-get) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    // A source that cannot be reached fails the update; what the others listed may do.
    spawnSync("apt-get", ["update"], { env, stdio: "ignore" });
    quietly("apt-get", ["install", "-y", "--no-install-recommends", ...packages], { env });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
  }
  return missingTools(missing);
}

/** The exit code a shell would give for a child that ended so. */
export function exitCode({ code, signal }) {
  return code ?? 128 + (osConstants.signals[signal] ?? 0);
}

/**
 * Ctrl-C and the like as something to be asked for, so that what was begun is cleaned up.
 *
 * @returns {{ signal: AbortSignal, came: () => Promise<boolean> }} `came` is for after a command that failed: Ctrl-C reaches
 * commands, too, and of what came while they ran Node tells afterwards
 */
export function interruption() {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => controller.abort());
  return {
    signal: controller.signal,
    async came() {
      await setTimeout(50);
      return controller.signal.aborted;
    },
  };
}

/** What a shell says of a command that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** Runs a script's main function; a {@link SetupError} is shown without a stack. */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exitCode = 1;
  }
}
