/** What this kernel, and libbpf, is and has: tests of what only some can do ask here, and are skipped with the reason. */
import { readFileSync } from "node:fs";
import { arch, release } from "node:os";
import { gunzipSync } from "node:zlib";
import { libbpfVersion } from "tinybpf";
import type { TestContext } from "vitest";
import { libbpfOlderThan } from "../../src/runtime/native.ts";
import { missingKernel } from "./require-kernel.ts";

/** Something of the kernel's: undefined when it is there, or else the reason why what needs it cannot be. */
export type KernelFeature = () => string | undefined;

/** A version, as in `6.6`; on one architecture only, if it is given. */
export function linux(version: string, on?: NodeJS.Architecture): KernelFeature {
  return () => {
    if (on !== undefined && on !== arch()) return undefined;
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const [ownMajor = 0, ownMinor = 0] = release().split(/\D/).map(Number);
    const older = ownMajor < major || (ownMajor === major && ownMinor < minor);
    return older ? `needs Linux ${version}; this is ${release()}` : undefined;
  };
}

/** A version of libbpf, as in `1.3`: for tests of what else would be an error, which another test shows. */
export function libbpf(version: string): KernelFeature {
  return () => {
    if (missingKernel !== undefined) return missingKernel;
    return libbpfOlderThan(version) ? `needs libbpf ${version}; this is ${libbpfVersion()}` : undefined;
  };
}

/** An option, as in `CONFIG_FPROBE`, which is built in or a module. */
export function config(option: string): KernelFeature {
  return () =>
    new RegExp(`^${option}=[ym]$`, "m").test(configuration()) ? undefined : `needs a kernel with ${option}`;
}

/** One of the active security modules. */
export function securityModule(name: string): KernelFeature {
  return () =>
    read("/sys/kernel/security/lsm").trim().split(",").includes(name)
      ? undefined
      : `needs ${name} among the active security modules`;
}

/** Why the kernel cannot; undefined when it can. */
export function lacking(...features: readonly KernelFeature[]): string | undefined {
  return features.map((feature) => feature()).find((reason) => reason !== undefined);
}

/** Skips a test that the kernel cannot pass. Unlike what a machine has installed, nobody can promise a kernel's features. */
export function needsKernel({ skip }: TestContext, ...features: readonly KernelFeature[]): void {
  const reason = lacking(...features);
  if (reason !== undefined) skip(reason);
}

let text: string | undefined;

function configuration(): string {
  text ??= readConfiguration();
  return text;
}

function readConfiguration(): string {
  try {
    return gunzipSync(readFileSync("/proc/config.gz")).toString("latin1");
  } catch {
    return read(`/boot/config-${release()}`);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
