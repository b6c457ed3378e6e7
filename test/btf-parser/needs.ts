/** What a test needs of the machine: without it the test is skipped with the reason, or fails where CI promises it. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { TestContext } from "vitest";

/** A need, and why it is not met; undefined when it is. */
export type Need = () => string | undefined;

/** A command that can be started. */
export function command(name: string): Need {
  return () =>
    spawnSync(name, ["--version"]).error === undefined
      ? undefined
      : `${name} is not installed (npm test does so)`;
}

export function file(path: string, why: string): Need {
  return () => (existsSync(path) ? undefined : `there is no ${path}: ${why}`);
}

/** Skips the test when a need is not met; with `TINYBPF_REQUIRE=1` throws instead. */
export function needs({ skip }: TestContext, ...all: readonly Need[]): void {
  const missing = all.map((need) => need()).find((reason) => reason !== undefined);
  if (missing === undefined) return;
  if (process.env["TINYBPF_REQUIRE"] === "1") throw new Error(missing);
  skip(missing);
}

export const KERNEL_BTF: Need = file(
  "/sys/kernel/btf/vmlinux",
  "the kernel is without CONFIG_DEBUG_INFO_BTF",
);
