/** When an update may happen. */
import { isKeyOf } from "../arguments.ts";
import { show } from "../codec/check.ts";
import { ValueError } from "../errors.ts";

// BPF_ANY, BPF_NOEXIST, BPF_EXIST (include/uapi/linux/bpf.h)
export const UPDATE_MODES = { any: 0, noexist: 1, exist: 2 } as const;

/** `any`: in any case; `noexist`: only when the key is absent; `exist`: only when it is there. */
export type UpdateMode = keyof typeof UPDATE_MODES;

/**
 * The flags of a mode.
 *
 * @throws {ValueError} when there is no such mode
 */
export function updateFlags(mode: UpdateMode): number {
  if (isKeyOf(UPDATE_MODES, mode)) return UPDATE_MODES[mode];
  throw new ValueError(`${show(mode)} is none of ${Object.keys(UPDATE_MODES).join(", ")}`, "mode");
}
