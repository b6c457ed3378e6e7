// The initial file system of a machine: archives that follow one another, which the kernel unpacks in turn, so that what
// rarely changes is made once.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  createReadStream,
  createWriteStream,
  existsSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { pipeline } from "node:stream/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unpacked, withDependencies } from "./apt.mjs";
import { cacheFolder } from "../../scripts/debian.mjs";
import { architectures } from "./machines.mjs";
import { nodeBinary } from "./node.mjs";
import { layTests } from "./tests.mjs";

const commands = [
  "libbpf1",
  "libstdc++6",
  "busybox-static",
  "iproute2",
  "bash",
  "coreutils",
  "mount",
  "util-linux",
  "bpftool",
];
const needless = /^\.\/usr\/(?:share|include|lib\/[^/]+\/(?:gconv|perl)|lib\/locale)\//;

/** @param {string} folder @param {string} target */
function archive(folder, target) {
  mkdirSync(dirname(target), { recursive: true });
  const files = execFileSync("find", [".", "-print0"], { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 26 })
    .split("\0")
    .filter((file) => file !== "" && !needless.test(file));
  const data = execFileSync("cpio", ["--quiet", "--null", "-o", "-H", "newc", "-R", "0:0"], {
    cwd: folder,
    input: `${files.join("\0")}\0`,
    maxBuffer: 2 ** 30,
  });
  writeFileSync(`${target}.partial`, data);
  renameSync(`${target}.partial`, target);
}

/** libbpf, libc, commands and Node. */
function userland({ userland: suite, arch, node: major }) {
  const distribution = { suite, arch };
  const packages = withDependencies(distribution, commands);
  const folder = unpacked(distribution, packages);
  const node = nodeBinary(architectures[arch].node, major);
  const target = join(cacheFolder("vm"), "archive", `${basename(folder)}-node-${node.version}.cpio`);
  if (existsSync(target)) return target;
  const staging = `${target}.root`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(dirname(staging), { recursive: true });
  execFileSync("cp", ["-al", folder, staging]);
  mkdirSync(join(staging, "usr/local/bin"), { recursive: true });
  linkSync(node.path, join(staging, "usr/bin/node"));
  archive(staging, target);
  rmSync(staging, { recursive: true });
  return target;
}

/** Kernel modules, decompressed, the list of them in order, and the configuration, which libbpf looks for in /boot. */
function modulesArchive({ modules, release, config }) {
  const target = join(cacheFolder("vm"), "archive", `modules-${basename(modules.root)}.cpio`);
  const staging = `${target}.root`;
  rmSync(staging, { recursive: true, force: true });
  const list = [];
  for (const file of modules.files) {
    const plain = file.replace(/\.(?:xz|zst|gz)$/, "");
    const path = join(staging, plain);
    mkdirSync(dirname(path), { recursive: true });
    if (plain === file) cpSync(join(modules.root, file), path);
    else
      writeFileSync(
        path,
        execFileSync(
          { xz: "xz", zst: "zstd", gz: "gzip" }[file.split(".").at(-1)],
          ["-dc", join(modules.root, file)],
          { maxBuffer: 2 ** 28 },
        ),
      );
    list.push(plain);
  }
  mkdirSync(join(staging, "boot"), { recursive: true });
  cpSync(config, join(staging, "boot", `config-${release}`));
  writeFileSync(join(staging, "modules.list"), list.map((file) => `${file}\n`).join(""));
  archive(staging, target);
  rmSync(staging, { recursive: true });
  return target;
}

/** The project, and what runs it. */
function testsArchive({ arch }, settings, work, folders) {
  const staging = join(work, "root");
  layTests(join(staging, "tinybpf"), architectures[arch].node);
  for (const [name, folder] of Object.entries(folders))
    cpSync(folder, join(staging, "tinybpf", name), { recursive: true });
  cpSync(fileURLToPath(new URL("guest/init.sh", import.meta.url)), join(staging, "init"));
  execFileSync("chmod", ["755", join(staging, "init")]);
  const ticker = fileURLToPath(new URL("../kernel/programs/ticker.c", import.meta.url));
  const freestanding = ["-O1", "-static", "-nostdlib", "-fuse-ld=lld"];
  const output = join(staging, "ticker");
  execFileSync("clang-19", [`--target=${architectures[arch].gnu}`, ...freestanding, "-o", output, ticker]);
  writeFileSync(
    join(staging, "settings"),
    Object.entries(settings)
      .map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`)
      .join(""),
  );
  const target = join(work, "tests.cpio");
  archive(staging, target);
  return target;
}

/**
 * @param {Readonly<Record<string, string>>} [folders] to be laid beside the tests, by their names there
 * @returns {Promise<string>} the file for QEMU's -initrd
 */
export async function image(machine, kernel, settings, work, folders = {}) {
  const parts = [userland(machine), modulesArchive(kernel), testsArchive(machine, settings, work, folders)];
  const target = join(work, "initrd");
  const out = createWriteStream(target);
  for (const part of parts) await pipeline(createReadStream(part), out, { end: false });
  await new Promise((done) => out.end(done));
  return target;
}
