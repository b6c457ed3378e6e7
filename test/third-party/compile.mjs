// Compiles and links the objects, once: they are kept with the sources.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CLANG = ["-g", "-O2", "--target=bpf"];

/** @typedef {{ object: string } | { problem: string }} Compiled the file, or why there is none */

/**
 * @param {string} folder for the objects
 * @param {import("./collections.mjs").Subject} subject
 * @returns {Promise<Compiled>}
 */
export async function compile(folder, { id, name, parts }) {
  const outputs = [];
  for (const part of parts) {
    const output = await make(folder, `${part.name}.bpf.o`, "clang-19", (target) => [
      ...CLANG,
      ...part.flags,
      "-c",
      part.source,
      "-o",
      target,
    ]);
    if ("problem" in output) return output;
    outputs.push(output.object);
  }
  const [first] = outputs;
  if (first === undefined) throw new Error(`${id} has no sources`);
  if (outputs.length === 1) return { object: first };
  return make(folder, `${name}.bpf.o`, "bpftool", (target) => ["gen", "object", target, ...outputs]);
}

/** Runs a command that writes a file, unless the same one did so before, or failed to. */
async function make(folder, name, command, argumentsFor) {
  const key = createHash("sha256").update(argumentsFor("").join("\0")).digest("hex").slice(0, 12);
  const work = join(folder, key);
  const target = join(work, name);
  if (existsSync(target)) return { object: target };
  const failed = `${target}.err`;
  if (!existsSync(failed)) {
    mkdirSync(work, { recursive: true });
    const partial = `${target}.${process.pid}`;
    const { code, output } = await run(command, argumentsFor(partial));
    if (code === 0) {
      renameSync(partial, target);
      return { object: target };
    }
    writeFileSync(failed, output);
  }
  return { problem: firstError(readFileSync(failed, "utf8")) };
}

function run(command, args) {
  const path = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: path });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.on("error", fail);
    child.on("close", (code, signal) =>
      // One that was ended from outside says nothing of its source.
      signal === null ? done({ code, output }) : fail(new Error(`${command} was ended by ${signal}`)),
    );
  });
}

/** What a compiler complains of first, without the place. */
function firstError(output) {
  const line = output.split("\n").find((each) => /\berror\b/i.test(each)) ?? output.split("\n")[0] ?? "";
  return line
    .replace(/^.*?\b(?:fatal )?error: /i, "")
    .replace(/ \[-W[^\]]*\]$/, "")
    .trim();
}
