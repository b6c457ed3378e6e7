/**
 * The arguments and the cookie of a USDT probe, which libbpf writes into a map as the BPF side (usdt.bpf.h) is to read them:
 * their layout is compiled into the object, and must be that of the libbpf that loads it.
 *
 * It was to stay compatible, but with the bit-fields that libbpf 1.7 put into `struct __bpf_usdt_arg_spec` each of the 12
 * arguments takes 24 bytes instead of 16, since a 12-bit field of a `__u16` does not lie across two of them. With the other's
 * layout all but the first argument and the cookie are wrong, and nobody would say so.
 */
import { LibraryError } from "../errors.ts";
import { readMapInfo } from "../maps/kernel-info.ts";
import { libbpf, libbpfOlderThan, libbpfVersion, libc } from "../native.ts";
import { programInfo } from "./info.ts";

/** As the kernel knows `__bpf_usdt_specs`: 15 characters of it. */
const SPECS = "__bpf_usdt_spec";

/** Bytes of `struct __bpf_usdt_spec`; undefined for a libbpf newer than this package. */
function specSize(): number | undefined {
  if (libbpfOlderThan("1.7")) return 208;
  return libbpfOlderThan("1.8") ? 304 : undefined;
}

/** Whether programs of a section are attached to USDT probes. */
export function isUsdt(section: string): boolean {
  return /^\??usdt(?:\/|$)/.test(section);
}

/**
 * @param fd - a program that may read arguments or cookie of its probe
 * @throws {LibraryError} when it would read other bytes than libbpf writes
 */
export function assertSpecLayout(fd: number, title: string): void {
  const expected = specSize();
  if (expected === undefined) return;
  for (const id of programInfo(fd, title).mapIds) {
    const size = sizeOfSpecs(id);
    if (size === undefined || size === expected) continue;
    const [compiled, used] = size < expected ? ["before 1.7", "1.7"] : ["1.7", "before 1.7"];
    throw new LibraryError(
      `cannot attach ${title}: it reads arguments or cookie of its probe as libbpf ${compiled} writes them, and libbpf ` +
        `${libbpfVersion()} is in use. Compile the object with the bpf/usdt.bpf.h of libbpf ${used}`,
    );
  }
}

/** Bytes of a value of that map; undefined of any other, and of one that this process may not open. */
function sizeOfSpecs(id: number): number | undefined {
  const fd = libbpf.bpf_map_get_fd_by_id(id);
  if (fd < 0) return undefined;
  try {
    const { name, valueSize } = readMapInfo(fd);
    return name === SPECS ? valueSize : undefined;
  } finally {
    libc.close(fd);
  }
}
