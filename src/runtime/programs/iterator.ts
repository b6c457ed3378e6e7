/** `SEC("iter/task")`, `SEC("iter/bpf_map_elem")`, … */
import { assertOptions, isKeyOf } from "../arguments.ts";
import { show, u32 } from "../codec/check.ts";
import { E2BIG, EBADF, EINVAL, EOPNOTSUPP } from "../errno.ts";
import { BpfError, ValueError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { IteratorLink } from "../links/iterator.ts";
import { BpfMap } from "../maps/map.ts";
import { allocate, libbpf, type Memory } from "../native.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import { descriptorNumber, withDescriptor } from "./descriptor.ts";
import type { ProgramHandle } from "./handle.ts";

/** What an iterator goes through, where its section leaves that open: one of these. */
export type IteratorTarget =
  | {
      /** For `iter/bpf_map_elem`, `iter/bpf_sk_storage_map` and `iter/sockmap`: the map, or its descriptor. */
      readonly map: BpfMap | number;
      readonly pid?: never;
      readonly tid?: never;
      readonly cgroup?: never;
      readonly order?: never;
    }
  | {
      /** For `iter/task`, `iter/task_file` and `iter/task_vma`: the threads of one process. Linux 6.1. */
      readonly pid: number;
      readonly map?: never;
      readonly tid?: never;
      readonly cgroup?: never;
      readonly order?: never;
    }
  | {
      /** Likewise: one thread. Linux 6.1. */
      readonly tid: number;
      readonly map?: never;
      readonly pid?: never;
      readonly cgroup?: never;
      readonly order?: never;
    }
  | {
      /** For `iter/cgroup`: the folder of a cgroup, or its descriptor. Linux 6.1. */
      readonly cgroup: string | number;
      /** Which of it and its relatives; by default the cgroup alone. */
      readonly order?: CgroupOrder;
      readonly map?: never;
      readonly pid?: never;
      readonly tid?: never;
    };

const MEMBERS = ["map", "pid", "tid", "cgroup"] as const;
type Member = (typeof MEMBERS)[number];

/** What each kind can be told. Others go through everything; those to come are the kernel's to judge. */
const KINDS: ReadonlyMap<string, readonly Member[]> = new Map<string, readonly Member[]>([
  ["task", ["pid", "tid"]],
  ["task_file", ["pid", "tid"]],
  ["task_vma", ["pid", "tid"]],
  ["bpf_map_elem", ["map"]],
  ["bpf_sk_storage_map", ["map"]],
  ["sockmap", ["map"]],
  ["cgroup", ["cgroup"]],
]);

// enum bpf_cgroup_iter_order (include/uapi/linux/bpf.h)
const ORDERS = { self: 1, descendants_pre: 2, descendants_post: 3, ancestors: 4 } as const;
export type CgroupOrder = keyof typeof ORDERS;

// union bpf_iter_link_info
const INFO_SIZE = 16;

/**
 * A program that the kernel runs for each of many things: every process, every element of a map, every socket. What it
 * writes is read as text. Linux 5.8.
 *
 * @example
 * ```ts
 * console.log(dump.programs.dump_task.read());
 *
 * using tasks = dump.programs.dump_task.attach();
 * for (const line of tasks.lines()) console.log(line);
 * ```
 */
export class IteratorProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program. That runs nothing yet: each reading of the link goes through all of it anew.
   *
   * @param target - what to go through, where the section leaves that open
   * @throws {BpfError} when the kernel refuses, as with `EINVAL` an iterator of maps without a map
   * @throws {ValueError} when something of the target is not what it should be
   */
  attach(target?: IteratorTarget): IteratorLink {
    this.#handle.assertOpen();
    if (target === undefined) return this.#attach(this.section, undefined);
    assertOptions<IteratorTarget>(target, "target", {
      map: true,
      pid: true,
      tid: true,
      cgroup: true,
      order: true,
    });
    assertFits(target, this.section);
    const { map, pid, tid, cgroup } = target;
    const info = allocate(INFO_SIZE);
    const set = (at: number, value: number): void => info.view.setUint32(at, value, true);
    if (map !== undefined) {
      set(0, map instanceof BpfMap ? map.fd : descriptorNumber(map, "map"));
      return this.#attach(map instanceof BpfMap ? `map ${map.name}` : `map descriptor ${map}`, info);
    }
    if (tid !== undefined) {
      set(0, taskId(tid, "tid"));
      return this.#attachToTask(`thread ${tid}`, info);
    }
    if (pid !== undefined) {
      set(4, taskId(pid, "pid"));
      return this.#attachToTask(`process ${pid}`, info);
    }
    set(0, orderOf(target.order ?? "self"));
    return withDescriptor(
      cgroup,
      "cgroup",
      true,
      () => undefined,
      (fd, title) => {
        set(4, fd);
        return this.#attach(title, info);
      },
    );
  }

  /**
   * Attaches the program, reads all that it writes, and detaches it.
   *
   * @param target - what to go through, where the section leaves that open
   * @throws {BpfError} when the kernel refuses
   */
  read(target?: IteratorTarget): string {
    using link = this.attach(target);
    return link.text();
  }

  #attachToTask(to: string, info: Memory): IteratorLink {
    const hint = missingFromKernel("An iterator over one process or thread", [], "6.1");
    if (hint === undefined || this.#canChooseTask()) return this.#attach(to, info);
    throw new BpfError({ operation: `attach program ${this.name} to ${to}`, errno: EOPNOTSUPP, hint });
  }

  /**
   * Older kernels do not look at a thread's number, and go through all tasks. The part of the information that comes behind
   * they refuse as too much (bpf_iter_link_attach); others, that it is a thread and a process (bpf_iter_attach_task).
   */
  #canChooseTask(): boolean {
    const both = allocate(INFO_SIZE);
    both.view.setUint32(0, 1, true);
    both.view.setUint32(4, 1, true);
    try {
      this.#attach("a thread and a process", both).close();
      return true;
    } catch (error) {
      return !(error instanceof BpfError && error.errno === E2BIG);
    }
  }

  #attach(to: string, info: Memory | undefined): IteratorLink {
    return this.#handle.attachAs(
      to,
      (program) =>
        libbpf.bpf_program__attach_iter(program, {
          link_info: info?.address ?? null,
          link_info_len: info === undefined ? 0 : info.bytes.length,
        }),
      { makeLink: (owner, title, backend) => new IteratorLink(owner, title, backend) },
    );
  }
}

/**
 * What one kind of iterator takes for a map is a thread to another one, and nothing to a third.
 *
 * @throws {ValueError} when a target has several members, or one that is not for this kind
 */
function assertFits(target: IteratorTarget, section: string): void {
  const [member, ...more] = MEMBERS.filter((one) => target[one] !== undefined);
  if (member === undefined || more.length > 0)
    throw new ValueError(`must have one of ${MEMBERS.join(", ")}`, "target");
  if (target.order !== undefined && member !== "cgroup")
    throw new ValueError("goes with a cgroup only", "order");
  const kind = kindOf(section);
  const known = KINDS.get(kind);
  if (known !== undefined && !known.includes(member))
    throw new ValueError(`is not for iter/${kind}, which takes ${known.join(" or ")}`, member);
}

/** Whether an iterator of a section cannot be attached without a map. */
export function iteratesMap(section: string): boolean {
  return KINDS.get(kindOf(section))?.includes("map") === true;
}

/** As in `bpf_map_elem`; empty for a section of other programs. */
function kindOf(section: string): string {
  return /^\??iter(?:\.s)?\/(\w+)/.exec(section)?.[1] ?? "";
}

/** 0 is none to the kernel, which would go through all tasks. */
function taskId(value: number, name: string): number {
  const id = u32(value, name);
  if (id === 0) throw new ValueError("must be more than 0", name);
  return id;
}

function orderOf(order: CgroupOrder): number {
  if (isKeyOf(ORDERS, order)) return ORDERS[order];
  throw new ValueError(`${show(order)} is none of ${Object.keys(ORDERS).join(", ")}`, "order");
}

/** Describes an iterator. */
export const iterator: ProgramDescriptor<IteratorProgram> = {
  types: ["tracing"],
  hint(errno, _log, { section }) {
    const missing = missingFromKernel("An iterator", [], "5.8");
    if (missing !== undefined || (errno !== EINVAL && errno !== EBADF)) return missing;
    return /map/.test(section) ? "It goes through a map: give { map }" : undefined;
  },
  create: (handle) => new IteratorProgram(handle),
};
