/** When an update may happen. */

// BPF_ANY, BPF_NOEXIST, BPF_EXIST (include/uapi/linux/bpf.h)
export const UPDATE_MODES = { any: 0, noexist: 1, exist: 2 } as const;

/** `any`: in any case; `noexist`: only when the key is absent; `exist`: only when it is there. */
export type UpdateMode = keyof typeof UPDATE_MODES;
