/** `BPF_MAP_TYPE_CGROUP_ARRAY` */
import { constants } from "node:fs";
import { le } from "../codec/kinds.ts";
import { type Descriptor, withDescriptor } from "./fd-argument.ts";
import type { MapDescriptor, MapHandle } from "./map.ts";
import { SlotArray } from "./slots.ts";

/**
 * Cgroups (version 2) that programs test tasks and sockets against. The kernel does not let user space read which ones.
 * Needs Linux 4.8.
 */
export class CgroupArray extends SlotArray<number, number> {
  /** @internal */
  constructor(handle: MapHandle) {
    super(handle, le.u32);
  }

  /**
   * Puts a cgroup into a slot.
   *
   * @param cgroup - its folder, or a descriptor of that
   * @throws {BpfError} when it is no folder of the cgroup v2 file system
   * @throws {IndexError} beyond the array's end
   */
  set(index: number, cgroup: string | Descriptor): this {
    return withDescriptor(cgroup, "cgroup", constants.O_DIRECTORY, (fd) => this.write(index, fd, "a cgroup"));
  }
}

/** Describes an array of cgroups. */
export const cgroupArray: MapDescriptor<CgroupArray> = {
  types: ["cgroup_array"],
  keySize: 4,
  valueSize: 4,
  create: (handle) => new CgroupArray(handle),
};
