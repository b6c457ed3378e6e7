// The machines: Debian's stock kernels, each with the C library and libbpf of a Debian release that has one for it.

/**
 * @typedef {object} Machine
 * @property {string} name what --kernel takes
 * @property {"amd64" | "arm64"} arch as Debian spells it
 * @property {string} suite Debian release of the kernel
 * @property {string} userland Debian release of libbpf, libc and the commands
 * @property {number} node major version
 */

/** @type {readonly Machine[]} */
export const machines = [
  // Bullseye's libbpf is 0.3: the oldest kernel runs with the oldest libbpf 1.
  { name: "5.10", arch: "amd64", suite: "bullseye", userland: "bookworm", node: 20 },
  // With an old libbpf one hears of that first; with this one, of what this kernel lacks.
  { name: "6.1", arch: "amd64", suite: "bookworm", userland: "trixie", node: 20 },
  { name: "6.12", arch: "amd64", suite: "trixie", userland: "trixie", node: 22 },
  { name: "sid", arch: "amd64", suite: "sid", userland: "sid", node: 26 },
  { name: "6.1", arch: "arm64", suite: "bookworm", userland: "bookworm", node: 22 },
  { name: "6.12", arch: "arm64", suite: "trixie", userland: "trixie", node: 24 },
];

/** How a machine is called. @param {Machine} machine */
export const title = ({ name, arch }) => `${name}-${arch === "amd64" ? "x86-64" : "arm64"}`;

/** What QEMU and Node call the architectures. */
export const architectures = {
  amd64: {
    qemu: "qemu-system-x86_64",
    options: ["-machine", "q35", "-cpu", "max"],
    console: "ttyS0",
    node: "x64",
    gnu: "x86_64-linux-gnu",
  },
  arm64: {
    qemu: "qemu-system-aarch64",
    options: ["-machine", "virt", "-cpu", "max,pauth-impdef=on"],
    console: "ttyAMA0",
    node: "arm64",
    gnu: "aarch64-linux-gnu",
  },
};
