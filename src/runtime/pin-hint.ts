import { EBUSY, EINVAL, ENOENT, EPERM } from "./errno.ts";

/** What to do when pinning failed. */
export function pinHint(errno: number, log: string): string | undefined {
  // bpf_link__pin; bpf_map__pin
  if (errno === EBUSY || log.includes("already has pin path")) return "It is pinned already: unpin it first";
  // libbpf's check_path: the folder must exist and be in a BPF file system.
  if (errno === ENOENT || errno === EINVAL || errno === EPERM)
    return "The folder must exist in a BPF file system. As root: mount -t bpf bpf /sys/fs/bpf";
  return undefined;
}
