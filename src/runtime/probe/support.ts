/** The three answers to whether the kernel can do something, and how an error number is one of them. */
import { E2BIG, EINVAL, ENOSYS, EOPNOTSUPP, ENOTSUPP } from "../errno.ts";

/**
 * `unknown`: it cannot be told. Most often this process may not ask, for want of a capability; or libbpf is too old to know
 * how, or the kernel gives the same answer either way.
 */
export type Support = "supported" | "unsupported" | "unknown";

/** What the kernel says to what it does not know. Anything else, as `EPERM` or `ENOMEM`, says nothing about it. */
const REFUSALS: ReadonlySet<number> = new Set([EINVAL, E2BIG, ENOSYS, EOPNOTSUPP, ENOTSUPP]);

/** What it means that the kernel refused. */
export function refused(errno: number): Support {
  return REFUSALS.has(errno) ? "unsupported" : "unknown";
}

/** The answer of several things that must all be there. */
export function all(...answers: readonly (() => Support)[]): Support {
  let result: Support = "supported";
  for (const answer of answers) {
    const support = answer();
    if (support === "unsupported") return support;
    if (support === "unknown") result = support;
  }
  return result;
}
