/** What the kernel tells of a link: `struct bpf_link_info` (include/uapi/linux/bpf.h). */
import { allocate, type Memory, recycle } from "../native.ts";
import { olderThan } from "../kernel-facts.ts";
import { objectInfo } from "../object-info.ts";
import { attachTypeName } from "./attach-types.ts";

/** What every link has. */
interface LinkFacts {
  /** The kernel's number for the link. */
  readonly id: number;
  /** The kernel's number for the program; 0 for a struct_ops link, which has none. */
  readonly programId: number;
}

/**
 * What the kernel says of a link; `type` tells what else there is. Attach types are lower case, without `BPF_`. What is
 * `undefined` this kernel is too old to tell.
 */
export type LinkInfo =
  | (LinkFacts & {
      readonly type: "raw_tracepoint";
      /** Linux 6.17. */
      readonly cookie: bigint | undefined;
    })
  | (LinkFacts & {
      readonly type: "tracing";
      readonly attachType: string;
      /** The BTF object that holds the target, and the target's type in it; 0 before Linux 5.13. */
      readonly targetObjectId: number;
      readonly targetBtfId: number;
      /** Linux 6.17. */
      readonly cookie: bigint | undefined;
    })
  | (LinkFacts & { readonly type: "cgroup"; readonly cgroupId: bigint; readonly attachType: string })
  | (LinkFacts & {
      readonly type: "iter";
      /** 0 unless it goes through the elements of a map. */
      readonly mapId: number;
    })
  | (LinkFacts & { readonly type: "netns"; readonly inode: number; readonly attachType: string })
  | (LinkFacts & {
      readonly type: "tcx" | "netkit";
      /** 0 when the interface is gone. */
      readonly ifindex: number;
      readonly attachType: string;
    })
  | (LinkFacts & { readonly type: "xdp"; readonly ifindex: number })
  | (LinkFacts & { readonly type: "struct_ops"; readonly mapId: number })
  | (LinkFacts & { readonly type: "sockmap"; readonly mapId: number; readonly attachType: string })
  | (LinkFacts & {
      readonly type: "netfilter";
      readonly family: number;
      readonly hook: number;
      readonly priority: number;
    })
  | (LinkFacts & {
      readonly type: "kprobe_multi";
      /** Of functions; 0 before Linux 6.6. */
      readonly count: number;
      /** How often it could not run. Linux 6.7. */
      readonly missed: bigint | undefined;
    })
  | (LinkFacts & {
      readonly type: "uprobe_multi";
      /** Of places; 0 before Linux 6.8. */
      readonly count: number;
      /** The one process; 0 for every process, and before Linux 6.8. */
      readonly pid: number;
    })
  | (LinkFacts & {
      readonly type: "perf_event";
      /** What the event is: `event` one of the CPU's or kernel's counters; `unknown` on kernels before 6.6. */
      readonly event: PerfEventKind | "unknown";
      /** Linux 6.9. */
      readonly cookie: bigint | undefined;
    })
  | (LinkFacts & { readonly type: "unknown" });

// enum bpf_link_type: the index is the number.
const TYPES = [
  "unknown",
  "raw_tracepoint",
  "tracing",
  "cgroup",
  "iter",
  "netns",
  "xdp",
  "perf_event",
  "kprobe_multi",
  "struct_ops",
  "netfilter",
  "tcx",
  "uprobe_multi",
  "netkit",
  "sockmap",
] as const satisfies readonly LinkInfo["type"][];

export type PerfEventKind = (typeof PERF_EVENTS)[number]["kind"];

// enum bpf_perf_event_type, and where the cookie is in each one's part of the struct
const PERF_EVENTS = [
  { kind: "unknown", cookieAt: undefined },
  { kind: "uprobe", cookieAt: 40 },
  { kind: "uretprobe", cookieAt: 40 },
  { kind: "kprobe", cookieAt: 56 },
  { kind: "kretprobe", cookieAt: 56 },
  { kind: "tracepoint", cookieAt: 40 },
  { kind: "event", cookieAt: 40 },
] as const;

/** Bytes of the struct, with room for what later kernels add. */
const SIZE = 128;
/** Where the part begins that is different for each kind. */
const PART = 16;

/** @throws {BpfError} when the kernel refuses */
export function linkInfo(fd: number, title: string): LinkInfo {
  const memory = allocate(SIZE);
  objectInfo(fd, memory, title);
  const info = read(memory);
  recycle(memory);
  return info;
}

function read({ view }: Memory): LinkInfo {
  const word = (at: number): number => view.getUint32(at, true);
  const long = (at: number): bigint => view.getBigUint64(at, true);
  const facts: LinkFacts = { id: word(4), programId: word(8) };
  const type = TYPES[word(0)] ?? "unknown";
  // The kernel clears what it does not know; some distributions know more than their version says.
  const told = (at: number, since: string): bigint | undefined => {
    const value = long(at);
    return value === 0n && olderThan(since) ? undefined : value;
  };
  switch (type) {
    case "raw_tracepoint":
      return { ...facts, type, cookie: told(PART + 16, "6.17") };
    case "tracing":
      return {
        ...facts,
        type,
        attachType: attachTypeName(word(PART)),
        targetObjectId: word(PART + 4),
        targetBtfId: word(PART + 8),
        cookie: told(PART + 16, "6.17"),
      };
    case "cgroup":
      return { ...facts, type, cgroupId: long(PART), attachType: attachTypeName(word(PART + 8)) };
    case "iter":
      return { ...facts, type, mapId: word(PART + 12) };
    case "netns":
      return { ...facts, type, inode: word(PART), attachType: attachTypeName(word(PART + 4)) };
    case "tcx":
    case "netkit":
      return { ...facts, type, ifindex: word(PART), attachType: attachTypeName(word(PART + 4)) };
    case "xdp":
      return { ...facts, type, ifindex: word(PART) };
    case "struct_ops":
      return { ...facts, type, mapId: word(PART) };
    case "sockmap":
      return { ...facts, type, mapId: word(PART), attachType: attachTypeName(word(PART + 4)) };
    case "netfilter":
      return {
        ...facts,
        type,
        family: word(PART),
        hook: word(PART + 4),
        priority: view.getInt32(PART + 8, true),
      };
    case "kprobe_multi":
      return { ...facts, type, count: word(PART + 8), missed: told(PART + 16, "6.7") };
    case "uprobe_multi":
      return { ...facts, type, count: word(PART + 36), pid: word(PART + 44) };
    case "perf_event": {
      const { kind, cookieAt } = PERF_EVENTS[word(PART)] ?? PERF_EVENTS[0];
      return {
        ...facts,
        type,
        event: kind,
        cookie: cookieAt === undefined ? undefined : told(cookieAt, "6.9"),
      };
    }
    default:
      return { ...facts, type };
  }
}
