/** The two ways a link exists: as libbpf's `struct bpf_link`, or as a bare descriptor of the kernel's. */
import type { BpfLinkPointer } from "../c.ts";
import { EBUSY, EINVAL, ENOENT } from "../errno.ts";
import { libbpf, libc } from "../native.ts";
import { unlinkSync } from "node:fs";

/** What a link can be told to do. Results are 0, or a negative error number. */
export interface LinkBackend {
  readonly fd: number;
  /** Detaches, and frees the link. */
  destroy(): void;
  /** Frees the link without detaching: a pin keeps it. */
  abandon(): void;
  pin(path: string): number;
  unpin(): number;
}

/**
 * A link that libbpf made.
 *
 * @param perfEvent - the descriptor of the perf event that it attaches to, when it has one
 */
export function libbpfLink(link: BpfLinkPointer, perfEvent?: number): LinkBackend {
  return {
    get fd() {
      return libbpf.bpf_link__fd(link);
    },
    destroy() {
      libbpf.bpf_link__destroy(link);
    },
    abandon() {
      // Destroying would disable the event of a perf link (bpf_link_perf_detach), pinned or not. A disconnected link
      // leaves its descriptors open. The pinned link has a reference to the event (bpf_perf_link_attach), so that it
      // survives its descriptor.
      const fd = libbpf.bpf_link__fd(link);
      libbpf.bpf_link__disconnect(link);
      libbpf.bpf_link__destroy(link);
      libc.close(fd);
      if (perfEvent !== undefined) libc.close(perfEvent);
    },
    pin: (path) => libbpf.bpf_link__pin(link, path),
    unpin: () => libbpf.bpf_link__unpin(link),
  };
}

/** A link made with `bpf_link_create`. */
export function descriptorLink(fd: number): LinkBackend {
  let pinned: string | undefined;
  return {
    fd,
    destroy() {
      libc.close(fd);
    },
    abandon() {
      libc.close(fd);
    },
    pin(path) {
      if (pinned !== undefined) return -EBUSY; // like bpf_link__pin
      const result = libbpf.bpf_obj_pin(fd, path);
      if (result === 0) pinned = path;
      return result;
    },
    unpin() {
      if (pinned === undefined) return -EINVAL;
      try {
        unlinkSync(pinned);
      } catch (error) {
        return error instanceof Error && "errno" in error ? Number(error.errno) : -ENOENT;
      }
      pinned = undefined;
      return 0;
    },
  };
}
