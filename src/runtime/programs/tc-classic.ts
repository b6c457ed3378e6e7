/** Filters of the clsact queueing discipline: how programs were attached to an interface before tcx. */
import { statSync } from "node:fs";
import { flag } from "../arguments.ts";
import { u16, u32 } from "../codec/check.ts";
import { EBUSY, EEXIST } from "../errno.ts";
import { undoable } from "../links/backend.ts";
import type { Link } from "../links/link.ts";
import { withLog } from "../log.ts";
import { allocate, libbpf } from "../native.ts";
import type { ProgramHandle } from "./handle.ts";
import { hasFilters } from "./tc-filters.ts";

/** Where the filter stands among the others. */
export interface ClassicTcOptions {
  /** Lower ones run first; by default the kernel chooses one before all that are there. */
  readonly priority?: number;
  /** Number of the filter in its priority; by default the kernel chooses a free one. */
  readonly handle?: number;
  /** Whether it may take the place of a filter of this priority and handle; false by default. */
  readonly replace?: boolean;
}

// enum bpf_tc_attach_point, and BPF_TC_F_REPLACE (libbpf.h)
const POINTS = { ingress: 1, egress: 2 } as const;
const BPF_TC_F_REPLACE = 1;

// struct bpf_tc_opts (libbpf.h)
const SIZE = 32;
const AT = { sz: 0, prog_fd: 8, flags: 12, prog_id: 16, handle: 20, priority: 24 } as const;

type Hook = Parameters<typeof libbpf.bpf_tc_hook_create>[0];

function hookOf(ifindex: number, attach_point: number): Hook {
  return { ifindex, attach_point, parent: 0 };
}

/** Attaches a program as a filter. */
export function attachClassifier(
  handle: ProgramHandle,
  ifindex: number,
  direction: keyof typeof POINTS,
  title: string,
  options: ClassicTcOptions,
): Link {
  const priority = options.priority === undefined ? 0 : u16(options.priority, "priority");
  const number = options.handle === undefined ? 0 : u32(options.handle, "handle");
  const replace = flag(options.replace ?? false, "replace");
  const hook = hookOf(ifindex, POINTS[direction]);
  const qdisc = `${networkNamespace()} ${ifindex}`;
  const settings = allocate(SIZE);
  const set = (at: number, value: number): void => settings.view.setUint32(at, value, true);
  return handle.attachWith(
    title,
    (fd) => {
      const created = libbpf.bpf_tc_hook_create(hook);
      if (created < 0 && created !== -EEXIST) return created;
      if (created === 0) madeQdiscs.set(qdisc, 0);
      settings.view.setBigUint64(AT.sz, BigInt(SIZE), true);
      set(AT.prog_fd, fd);
      set(AT.flags, replace ? BPF_TC_F_REPLACE : 0);
      set(AT.handle, number);
      set(AT.priority, priority);
      const result = libbpf.bpf_tc_attach(hook, settings.address);
      count(qdisc, 1);
      if (result < 0) leave(qdisc, ifindex);
      return result;
    },
    () =>
      undoable(() => {
        // bpf_tc_detach wants only to be told which filter it is; the kernel has filled that in.
        for (const at of [AT.prog_fd, AT.flags, AT.prog_id]) set(at, 0);
        // libbpf prints when somebody else removed it, with the interface perhaps.
        withLog(() => {
          libbpf.bpf_tc_detach(hook, settings.address);
          leave(qdisc, ifindex);
        });
      }),
    classicHint,
  );
}

/** How many links there are on the qdiscs that were made here, by namespace and interface. */
const madeQdiscs = new Map<string, number>();

function count(qdisc: string, more: number): number | undefined {
  const links = madeQdiscs.get(qdisc);
  if (links !== undefined) madeQdiscs.set(qdisc, links + more);
  return madeQdiscs.get(qdisc);
}

/** The number of the namespace that this thread is in. */
function networkNamespace(): bigint {
  return statSync("/proc/thread-self/ns/net", { bigint: true }).ino;
}

/** With the last link goes the qdisc, if it was made here, and nobody else has filters in it by now. */
function leave(qdisc: string, ifindex: number): void {
  if (count(qdisc, -1) !== 0) return;
  madeQdiscs.delete(qdisc);
  if (!hasFilters(ifindex)) libbpf.bpf_tc_hook_destroy(hookOf(ifindex, POINTS.ingress | POINTS.egress));
}

function classicHint(errno: number): string | undefined {
  if (errno === EEXIST || errno === EBUSY)
    return "There is a filter of this priority and handle: choose another, or { replace: true }";
  return undefined;
}
