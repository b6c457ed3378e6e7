/** Decides once whether this machine can run tests that load BPF objects into its kernel. */
import { existsSync, readFileSync } from "node:fs";
import { init } from "tinybpf";
import { libbpfOlderThan } from "../../src/runtime/native.ts";
import { describe, test, type TestContext } from "vitest";

/** Why it cannot; undefined when it can. */
export const missingKernel: string | undefined = findMissing();

function findMissing(): string | undefined {
  if (process.platform !== "linux") return `needs Linux, not ${process.platform}`;
  if (!existsSync("/sys/kernel/btf/vmlinux")) return "needs a kernel with BTF (/sys/kernel/btf/vmlinux)";
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  const CAP_SYS_ADMIN = 21n;
  if (capabilities === undefined || ((BigInt(`0x${capabilities}`) >> CAP_SYS_ADMIN) & 1n) === 0n)
    return "needs root";
  try {
    init();
  } catch (error) {
    return `needs libbpf: ${error instanceof Error ? error.message : String(error)}`;
  }
  return undefined;
}

/**
 * Tests that need the kernel. Where it is missing they are skipped, with the reason in their title, or fail when
 * `TINYBPF_REQUIRE=1` says that it must be there.
 */
export function describeKernel(name: string, tests: () => void): void {
  if (missingKernel === undefined) describe(name, tests);
  else if (process.env["TINYBPF_REQUIRE"] === "1") {
    test(name, () => {
      throw new Error(`TINYBPF_REQUIRE=1, but this ${missingKernel}`);
    });
  } else describe.skip(`${name} (${missingKernel})`, tests);
}

/**
 * A test of what only newer versions of libbpf can do. With an older one that `TINYBPF_LIBBPF` names it is skipped; the
 * system's must be new enough where `TINYBPF_REQUIRE=1` says so.
 */
export function needsLibbpf(context: TestContext, version: string, what: string): void {
  if (!libbpfOlderThan(version)) return;
  const reason = `${what} need libbpf ${version}, and this is ${init().version}`;
  if (process.env["TINYBPF_REQUIRE"] === "1" && !process.env["TINYBPF_LIBBPF"]) throw new Error(reason);
  context.skip(reason);
}
