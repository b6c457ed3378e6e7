// The initial file system of a machine: archives that follow one another, which the kernel unpacks in turn, so that what
// rarely changes is made once.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
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
import { unpacked, withDependencies } from "../../scripts/binary-packages.mjs";
import { cacheFolder, inUse } from "../../scripts/debian.mjs";
import { architectures } from "./machines.mjs";
import { nodeBinary } from "./node.mjs";
import { layAddon, layTests } from "./tests.mjs";

const commands = [
  "libbpf1",
  "libstdc++6",
  // of Node 26
  "libatomic1",
  "busybox-static",
  "iproute2",
  "bash",
  "coreutils",
  "mount",
  "util-linux",
  "bpftool",
];
const needless = /^\.\/usr\/(?:share|include|lib\/[^/]+\/(?:gconv|perl)|lib\/locale)\//;

/** An archive of what is laid into a folder, which is there only meanwhile. @param {(folder: string) => void} lay */
function archive(target, lay) {
  // Of this process: another may make the same.
  const folder = `${target}.root-${process.pid}`;
  const partial = `${target}.partial-${process.pid}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  try {
    lay(folder);
    const files = execFileSync("find", [".", "-print0"], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    })
      .split("\0")
      .filter((file) => file !== "" && !needless.test(file));
    const data = execFileSync("cpio", ["--quiet", "--null", "-o", "-H", "newc", "-R", "0:0"], {
      cwd: folder,
      input: `${files.join("\0")}\0`,
      maxBuffer: 2 ** 30,
    });
    writeFileSync(partial, data);
    renameSync(partial, target);
  } finally {
    for (const left of [folder, partial]) rmSync(left, { recursive: true, force: true });
  }
  return target;
}

/** libbpf, libc, commands and Node. */
function userland({ userland: suite, arch, node: major }) {
  const distribution = { suite, arch };
  const folder = unpacked(distribution, withDependencies(distribution, commands));
  const node = nodeBinary(architectures[arch].node, major);
  const target = join(cacheFolder("vm"), "archive", `${basename(folder)}-node-${node.version}.cpio`);
  if (existsSync(target)) return inUse(target);
  return archive(target, (staging) => {
    execFileSync("cp", ["-al", folder, staging]);
    linkSync(node.path, join(staging, "usr/bin/node"));
  });
}

const decompress = { xz: "xz", zst: "zstd", gz: "gzip" };

/** Kernel modules, decompressed, the list of them in order, and the configuration, which libbpf looks for in /boot. */
function modulesArchive({ modules, release, config }) {
  const target = join(cacheFolder("vm"), "archive", `modules-${basename(modules.root)}.cpio`);
  return archive(target, (staging) => {
    const list = [];
    for (const file of modules.files) {
      const plain = file.replace(/\.(?:xz|zst|gz)$/, "");
      const from = join(modules.root, file);
      const path = join(staging, plain);
      mkdirSync(dirname(path), { recursive: true });
      if (plain === file) cpSync(from, path);
      else
        writeFileSync(
          path,
          execFileSync(decompress[file.split(".").at(-1)], ["-dc", from], { maxBuffer: 2 ** 28 }),
        );
      list.push(`${plain}\n`);
    }
    mkdirSync(join(staging, "boot"), { recursive: true });
    cpSync(config, join(staging, "boot", `config-${release}`));
    writeFileSync(join(staging, "modules.list"), list.join(""));
  });
}

/** The project, and what runs it: the same for all machines. @param {string} work a folder */
export function testsArchive(work) {
  return archive(join(work, "tests.cpio"), (staging) => {
    layTests(join(staging, "tinybpf"));
    cpSync(fileURLToPath(new URL("guest/init.sh", import.meta.url)), join(staging, "init"));
    chmodSync(join(staging, "init"), 0o755);
  });
}

/** What is compiled for the architecture, settings, and what else a run needs. */
function machineArchive({ arch }, settings, work, folders) {
  const { node, gnu } = architectures[arch];
  return archive(join(work, "machine.cpio"), (staging) => {
    layAddon(join(staging, "tinybpf"), node);
    for (const [name, folder] of Object.entries(folders))
      cpSync(folder, join(staging, "tinybpf", name), { recursive: true });
    const ticker = fileURLToPath(new URL("../kernel/programs/ticker.c", import.meta.url));
    const freestanding = ["-O1", "-static", "-nostdlib", "-fuse-ld=lld"];
    execFileSync("clang-19", [`--target=${gnu}`, ...freestanding, "-o", join(staging, "ticker"), ticker]);
    writeFileSync(
      join(staging, "settings"),
      Object.entries(settings)
        .map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`)
        .join(""),
    );
  });
}

/**
 * @param {import("./machines.mjs").Machine} machine
 * @param {{ tests: string, settings: Record<string, string>, work: string, folders?: Record<string, string> }} more
 * `tests` is what {@link testsArchive} made; `folders` are laid beside the tests, by their names there
 * @returns {Promise<string>} the file for QEMU's -initrd
 */
export async function image(machine, kernel, { tests, settings, work, folders = {} }) {
  const parts = [
    userland(machine),
    modulesArchive(kernel),
    tests,
    machineArchive(machine, settings, work, folders),
  ];
  const target = join(work, "initrd");
  const out = createWriteStream(target);
  for (const part of parts) await pipeline(createReadStream(part), out, { end: false });
  await new Promise((done) => out.end(done));
  return target;
}
