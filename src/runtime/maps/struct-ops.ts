/** `SEC(".struct_ops")`, `SEC(".struct_ops.link")`: tables of functions for the kernel to call. */
import { EBUSY, EEXIST } from "../errno.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { BPF_F_LINK } from "../links/anchor.ts";
import { libbpfAttachment, libbpfLink } from "../links/backend.ts";
import { Link } from "../links/link.ts";
import { failure, withLog } from "../log.ts";
import { errno, libbpf } from "../native.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";
import { objectMap } from "./object-map.ts";

/**
 * A table of programs that the kernel calls, as a TCP congestion control. Linux 5.6; in a section `.struct_ops.link`, Linux 6.4 and
 * libbpf 1.2, its link has a descriptor, and can be pinned and updated. The skeleton's `attach()` attaches it,
 * unless its `autoAttach` is off.
 *
 * @example
 * ```ts
 * using link = demo.maps.fixed_window.attach();
 * ```
 */
export class StructOpsMap extends BpfMap {
  readonly #handle: MapHandle;
  #link: Link | undefined;

  constructor(handle: MapHandle) {
    super(handle);
    this.#handle = handle;
  }

  /** Whether it was created: not so when its autocreate is off. @internal */
  get created(): boolean {
    return this.#handle.usableFd >= 0;
  }

  /** Whether a link of `attach` is open. @internal */
  get attached(): boolean {
    return this.#link?.closed === false;
  }

  /**
   * Registers the table with the kernel, until the link is closed.
   *
   * @throws {BpfError} when the kernel refuses, as with `EEXIST` a name that is taken
   * @throws {ClosedError} once the skeleton is closed
   */
  attach(): Link {
    const { title, name } = this.#handle;
    const known = objectMap(this.#handle);
    return withLog((log) => {
      const link = libbpf.bpf_map__attach_struct_ops(known.pointer);
      if (link === null) throw failure(`attach ${title}`, errno(), log(), hint);
      // libbpf sets it for maps of the section .struct_ops.link.
      const hasLink = (libbpf.bpf_map__map_flags(known.pointer) & BPF_F_LINK) !== 0;
      const backend = hasLink ? libbpfLink(link) : libbpfAttachment(link);
      this.#link = new Link(known.owner, name, backend);
      return this.#link;
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
