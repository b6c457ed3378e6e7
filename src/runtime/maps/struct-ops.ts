/** `SEC(".struct_ops")`, `SEC(".struct_ops.link")`: tables of functions for the kernel to call. */
import type { BpfMapPointer } from "../c.ts";
import { EBUSY, EEXIST } from "../errno.ts";
import { TinyBpfError } from "../errors.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { libbpfLink } from "../links/backend.ts";
import { Link } from "../links/link.ts";
import { failure, withLog } from "../log.ts";
import { errno, libbpf } from "../native.ts";
import type { Owner } from "../owner.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";

/** What attaching needs beyond what other maps need of their handle. */
interface Attachable {
  readonly pointer: BpfMapPointer;
  readonly owner: Owner;
}

const attachable = new WeakMap<MapHandle, Attachable>();

/** Keeps what a map of this kind needs to be attached; for others it does nothing. */
export function withAttachment(handle: MapHandle, pointer: BpfMapPointer, owner: Owner): MapHandle {
  if (handle.type === "struct_ops") attachable.set(handle, { pointer, owner });
  return handle;
}

/**
 * A table of programs that the kernel calls, as a TCP congestion control. Linux 5.6; with `.struct_ops.link`, Linux 6.4 and
 * libbpf 1.2, its link can be pinned and updated. The skeleton's `attach()` leaves it out: attach it yourself.
 *
 * @example
 * ```ts
 * using link = demo.maps.fixed_window.attach();
 * ```
 */
export class StructOpsMap extends BpfMap {
  readonly #handle: MapHandle;

  constructor(handle: MapHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Registers the table with the kernel, until the link is closed.
   *
   * @throws {BpfError} when the kernel refuses, as with `EEXIST` a name that is taken
   * @throws {ClosedError} once the skeleton is closed
   */
  attach(): Link {
    const { title, name } = this.#handle;
    this.#handle.assertOpen();
    const known = attachable.get(this.#handle);
    if (known === undefined) throw new TinyBpfError(`${title} is no struct_ops map of a skeleton`);
    return withLog((log) => {
      const link = libbpf.bpf_map__attach_struct_ops(known.pointer);
      if (link === null) throw failure(`attach ${title}`, errno(), log(), hint);
      return new Link(known.owner, name, libbpfLink(link));
    });
  }
}

function hint(code: number): string | undefined {
  if (code === EEXIST) return "The kernel has one of this name already";
  if (code === EBUSY)
    return "It is attached already, or was: such a map without a link can be registered once";
  return missingFromKernel("struct_ops", ["CONFIG_BPF_JIT"], "5.6");
}

/** Describes a struct_ops map. */
export function structOps(keySize: number, valueSize: number): MapDescriptor<StructOpsMap> {
  return { types: ["struct_ops"], keySize, valueSize, create: (handle) => new StructOpsMap(handle) };
}
