/** Values of the maps that XDP programs redirect packets through: a number, and maybe a program that runs there. */
import { codec, type Codec } from "../codec/codec.ts";

/** `struct bpf_devmap_val` or `bpf_cpumap_val` (include/uapi/linux/bpf.h), or only its first number. */
export interface RedirectValue {
  readonly number: number;
  /** Written: a descriptor, 0 for none. Read: an id, 0 for none. */
  readonly program: number;
}

/** @param size - 8, or 4 for a value without a program, as all were before Linux 5.8 */
export function redirectValue(size: number): Codec<RedirectValue> {
  return codec<RedirectValue>({
    name: "redirect target",
    size,
    align: 4,
    type: { kind: "bytes" },
    read: (view, at) => ({
      number: view.getUint32(at, true),
      program: size < 8 ? 0 : view.getUint32(at + 4, true),
    }),
    write(view, at, { number, program }) {
      view.setUint32(at, number, true);
      if (size >= 8) view.setUint32(at + 4, program, true);
    },
  });
}
