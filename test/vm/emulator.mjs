// QEMU, and why not this machine's own: before 8.1 a CPU may run code that another CPU has just replaced. Kernels replace their own
// whenever something is traced, and die of that ("Oops: int3") now and then. Nothing is installed for it.
import { join } from "node:path";
import { unpacked, withDependencies } from "../../scripts/binary-packages.mjs";
import { SetupError } from "../../scripts/setup.mjs";
import { architectures } from "./machines.mjs";

const SUITE = "trixie";

/** What this machine runs, as Debian calls it, and the dynamic linker that runs programs of a folder. */
const hosts = {
  x64: { arch: "amd64", linker: "usr/lib64/ld-linux-x86-64.so.2" },
  arm64: { arch: "arm64", linker: "usr/lib/ld-linux-aarch64.so.1" },
};

/** @type {string | undefined} */
let folder;

/**
 * QEMU for an architecture: a command, to which its options are added.
 *
 * @param {"amd64" | "arm64"} arch
 * @returns {readonly string[]}
 */
export function emulator(arch) {
  const host = hosts[process.arch];
  if (host === undefined)
    throw new SetupError(`Debian's QEMU is fetched for x64 and arm64, not for ${process.arch}.`);
  const distribution = { suite: SUITE, arch: host.arch };
  folder ??= unpacked(distribution, withDependencies(distribution, ["qemu-system-x86", "qemu-system-arm"]));
  const libraries = join(folder, "usr/lib", architectures[host.arch].gnu);
  const firmware = ["qemu", "seabios"].flatMap((name) => ["-L", join(folder, "usr/share", name)]);
  const program = join(folder, "usr/bin", architectures[arch].qemu);
  return [join(folder, host.linker), "--library-path", libraries, program, ...firmware];
}
