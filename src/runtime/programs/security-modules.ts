/** The kernel's security modules, whose hooks LSM programs are on. */
import { readFileSync } from "node:fs";

// securityfs
const LIST = "/sys/kernel/security/lsm";

/** The names of those that are active; undefined where securityfs is not mounted, or not readable. */
export function activeSecurityModules(): readonly string[] | undefined {
  try {
    return readFileSync(LIST, "latin1").trim().split(",");
  } catch {
    return undefined;
  }
}

/**
 * Why LSM programs would not run, though the kernel attaches them: it calls those of `bpf` only when that is active.
 *
 * @returns a sentence, or undefined when they run, or the kernel does not tell
 */
export function inactiveLsm(
  active: readonly string[] | undefined = activeSecurityModules(),
): string | undefined {
  return active === undefined || active.includes("bpf")
    ? undefined
    : `bpf is none of the active security modules (${active.join(", ")}), so that the program would never run: ` +
        "start the kernel with lsm=…,bpf";
}
