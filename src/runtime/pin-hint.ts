/** What to do when something cannot be pinned, or not be opened. */
import { basename } from "node:path";
import { permissionHint } from "./capabilities.ts";
import { EACCES, EBUSY, EEXIST, EINVAL, ENOENT, EPERM } from "./errno.ts";

/** What to do when pinning to a file failed. */
export function pinHint(file: string): (errno: number) => string | undefined {
  return (errno) => {
    // bpf_link__pin
    if (errno === EBUSY) return "It is pinned already: unpin it first";
    if (errno === EEXIST) return "There is something of this name: unpin that first";
    // kernel/bpf/inode.c, bpf_lookup: such names are for the file system itself.
    if (errno === EPERM && basename(file).includes(".")) return "Names in a BPF file system have no dots";
    // libbpf's check_path: the folder must exist and be in a BPF file system.
    if (errno === ENOENT || errno === EINVAL || errno === EPERM)
      return "The folder must exist in a BPF file system. As root: mount -t bpf bpf /sys/fs/bpf";
    return errno === EACCES ? fileHint() : undefined;
  };
}

/** For a file that this user may not touch. */
export function fileHint(): string {
  return `The file or its folder is not this user's. ${permissionHint(["CAP_DAC_OVERRIDE"])}`;
}

/** What to do when something could not be opened by its id, which is everybody's (bpf_map_get_fd_by_id, syscall.c). */
export function byIdHint(errno: number): string | undefined {
  if (errno === ENOENT) return "There is none with this id, or not any more";
  return errno === EPERM ? permissionHint(["CAP_SYS_ADMIN"]) : undefined;
}
