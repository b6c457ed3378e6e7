/** What the kernel tells of a program or link: `BPF_OBJ_GET_INFO_BY_FD`. */
import { check } from "./log.ts";
import { allocate, libbpf, type Memory, recycle } from "./native.ts";
import { readSystemFile } from "./system-file.ts";

/**
 * Fills a `struct bpf_…_info`. A kernel that knows less of it leaves the rest 0 (bpf_obj_get_info_by_fd, kernel/bpf/syscall.c).
 *
 * @param what - what it is of, for the error
 * @throws {BpfError} when the kernel refuses
 */
export function objectInfo(fd: number, info: Memory, what: string): void {
  const size = allocate(4);
  size.view.setUint32(0, info.bytes.length, true);
  check(`get info of ${what}`, () => libbpf.bpf_obj_get_info_by_fd(fd, info.address, size.address));
  recycle(size);
}

/** What a descriptor of the BPF system call's is of. */
export type ObjectKind = "map" | "program" | "link";

/**
 * What a descriptor is of. The kernel describes maps, programs and links by the same call; only /proc says what it is (kernel/bpf/
 * syscall.c: bpf_map_show_fdinfo, bpf_prog_show_fdinfo, bpf_link_show_fdinfo).
 */
export function objectKind(fd: number): ObjectKind | "unknown" {
  const line = /^(map|prog|link)_type:/m.exec(readSystemFile(`/proc/self/fdinfo/${fd}`))?.[1];
  if (line === "map" || line === "link") return line;
  return line === "prog" ? "program" : "unknown";
}

/** The string in a buffer that C wrote, up to its NUL. */
export function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end));
}
