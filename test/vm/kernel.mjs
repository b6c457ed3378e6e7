// A stock kernel of Debian: its image, and the modules that the tests need.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { unpacked, withMatching } from "../../scripts/binary-packages.mjs";

/** Modules of the cloud kernels; what a kernel has built in, or not at all, is left out. */
const wanted = [
  "veth",
  "dummy",
  "sch_ingress",
  "cls_bpf",
  "act_bpf",
  "cls_u32",
  "tun",
  "xt_bpf",
  "nf_tables",
  "nf_conntrack",
  "bridge",
  "nf_defrag_ipv4",
  "nf_defrag_ipv6",
  "tcp_dctcp",
  "inet_diag",
  "netkit",
];

/**
 * @param {import("./machines.mjs").Machine} machine
 * @returns {{ image: string, config: string, version: string, release: string, modules: { root: string, files: string[] } }} files in
 *   the order of loading, below root
 */
export function kernel({ suite, arch }) {
  const distribution = { suite, arch };
  const packages = withMatching(
    distribution,
    `linux-image-cloud-${arch}`,
    /^linux-(?:image|base|binary|modules)-\d/,
  );
  const folder = unpacked(distribution, packages);
  const release = readdirSync(join(folder, "usr/lib/modules"))[0];
  const image = [`boot/vmlinuz-${release}`, `boot/vmlinux-${release}`, `usr/lib/modules/${release}/vmlinuz`]
    .map((path) => join(folder, path))
    .find((path) => existsSync(path));
  if (image === undefined) throw new Error(`no kernel ${release} in ${folder}/boot`);
  const config = [`boot/config-${release}`, `usr/lib/modules/${release}/config`]
    .map((path) => join(folder, path))
    .find((path) => existsSync(path));
  if (config === undefined) throw new Error(`no configuration of kernel ${release} in ${folder}`);
  const version = packages[0].version;
  return { image, version, release, config, modules: { root: folder, files: modules(folder, release) } };
}

function modules(folder, release) {
  const base = join("usr/lib/modules", release);
  if (!existsSync(join(folder, base, "modules.dep")))
    execFileSync("depmod", ["-b", folder, release], { stdio: ["ignore", "ignore", "inherit"] });
  const dependencies = new Map();
  for (const line of readFileSync(join(folder, base, "modules.dep"), "utf8")
    .trimEnd()
    .split("\n")) {
    const [file = "", needs = ""] = line.split(":");
    dependencies.set(file, needs.trim().split(" ").filter(Boolean));
  }
  const byName = new Map(
    [...dependencies.keys()].map((file) => [
      basename(file)
        .replace(/\.ko.*$/, "")
        .replaceAll("-", "_"),
      file,
    ]),
  );
  const files = new Set();
  const add = (file) => {
    for (const needed of dependencies.get(file) ?? []) add(needed);
    files.add(join(base, file));
  };
  for (const name of wanted) {
    const file = byName.get(name);
    if (file !== undefined) add(file);
  }
  return [...files];
}
