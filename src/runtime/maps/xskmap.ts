/** `BPF_MAP_TYPE_XSKMAP` */
import { le } from "../codec/kinds.ts";
import { type Descriptor, descriptor } from "./fd-argument.ts";
import type { MapDescriptor, MapHandle } from "./map.ts";
import { SlotArray } from "./slots.ts";

/**
 * AF_XDP sockets that XDP programs redirect packets to, usually by the number of the receive queue. The kernel does not
 * let user space read which ones. Needs Linux 4.18.
 */
export class XskMap extends SlotArray<number, number> {
  /** @internal */
  constructor(handle: MapHandle) {
    super(handle, le.u32);
  }

  /**
   * Puts a socket into a slot.
   *
   * @param socket - its descriptor
   * @throws {BpfError} `EOPNOTSUPP` when it is no AF_XDP socket
   * @throws {IndexError} beyond the array's end
   */
  set(index: number, socket: Descriptor): this {
    return this.write(index, descriptor(socket, "socket"), "a socket");
  }

  /**
   * Empties a slot.
   *
   * @returns always true: the kernel does not tell whether there was a socket in it
   * @throws {IndexError} beyond the array's end
   */
  override delete(index: number): true {
    super.delete(index);
    return true;
  }
}

/** Describes a map of AF_XDP sockets. */
export const xskMap: MapDescriptor<XskMap> = {
  types: ["xskmap"],
  keySize: 4,
  valueSize: 4,
  create: (handle) => new XskMap(handle),
};
