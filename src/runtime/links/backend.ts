/**
 * The ways a link exists: as libbpf's `struct bpf_link`, as a bare descriptor of the kernel's, as several of those, or,
 * with kinds of attachments that the kernel has no link for, as something to be undone.
 */
import type { BpfLinkPointer } from "../c.ts";
import { EBUSY, EINVAL, ENOENT, EOPNOTSUPP } from "../errno.ts";
import { libbpf, libc } from "../native.ts";
import { unlinkSync } from "node:fs";

/** What a link can be told to do. Results are 0, or a negative error number. */
export interface LinkBackend {
  /** Undefined when the kernel has no link for it, or there are several. */
  readonly fd: number | undefined;
  /** Detaches, and frees the link. */
  destroy(): void;
  /**
   * Takes it off what it is attached to, whoever else has the link open; `destroy` is still to be called. `EOPNOTSUPP` or
   * `EINVAL` when the kernel cannot do that.
   */
  detach(): number;
  /** Frees the link without detaching: a pin keeps it. */
  abandon(): void;
  pin(path: string): number;
  unpin(): number;
  /** @param expected - the program that must be attached now */
  update(program: number, expected: number | undefined): number;
}

// include/uapi/linux/bpf.h
const BPF_F_REPLACE = 4;

function update(link: number, program: number, expected: number | undefined): number {
  return libbpf.bpf_link_update(link, program, {
    flags: expected === undefined ? 0 : BPF_F_REPLACE,
    old_prog_fd: expected ?? 0,
  });
}

/**
 * A link that libbpf made.
 *
 * @param perfEvent - the descriptor of the perf event that it attaches to, when it has one
 */
export function libbpfLink(link: BpfLinkPointer, perfEvent?: number): LinkBackend {
  // Before Linux 5.15 the event stands for the link that there is not (bpf_program__attach_perf_event_opts).
  if (perfEvent !== undefined && libbpf.bpf_link__fd(link) === perfEvent) return libbpfAttachment(link);
  return {
    get fd() {
      return libbpf.bpf_link__fd(link);
    },
    destroy() {
      libbpf.bpf_link__destroy(link);
    },
    detach: () => libbpf.bpf_link_detach(libbpf.bpf_link__fd(link)),
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
    update: (program, expected) => update(libbpf.bpf_link__fd(link), program, expected),
  };
}

/**
 * What libbpf calls a link, and the kernel has none for: its descriptor is 0 or another thing's, as with USDT probes (usdt.c,
 * usdt_manager_attach_usdt) and struct_ops maps without BPF_F_LINK (bpf_map__attach_struct_ops).
 */
export function libbpfAttachment(link: BpfLinkPointer): LinkBackend {
  return undoable(() => void libbpf.bpf_link__destroy(link));
}

/** A link made with `bpf_link_create`. */
export function descriptorLink(fd: number): LinkBackend {
  let pinned: string | undefined;
  return {
    fd,
    destroy() {
      libc.close(fd);
    },
    detach: () => libbpf.bpf_link_detach(fd),
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
    update: (program, expected) => update(fd, program, expected),
  };
}

/** An attachment that the kernel has no link for: it lasts until `undo`, which must not throw. */
export function undoable(undo: () => void): LinkBackend {
  return {
    fd: undefined,
    destroy: undo,
    detach: () => -EOPNOTSUPP,
    abandon: undo,
    pin: () => -EOPNOTSUPP,
    unpin: () => -EINVAL,
    update: () => -EOPNOTSUPP,
  };
}

/** Several links that are one to the caller. */
export function groupedLinks(links: readonly LinkBackend[]): LinkBackend {
  const [only] = links;
  if (only !== undefined && links.length === 1) return only;
  return {
    ...undoable(() => {
      for (const link of links.toReversed()) link.destroy();
    }),
    detach: () => links.reduce((failed, link) => link.detach() || failed, 0),
  };
}
