/** `BPF_MAP_TYPE_STACK_TRACE` */
import { wrong } from "../codec/check.ts";
import { codec, type Codec } from "../codec/codec.ts";
import { le } from "../codec/kinds.ts";
import { TinyBpfError } from "../errors.ts";
import { Elements } from "./elements.ts";
import { type KernelSymbol, KernelSymbols, readKernelSymbols } from "./kernel-symbols.ts";
import { BpfMap, type MapDescriptor, type MapHandle } from "./map.ts";

/** A frame of a stack in a process, by the file that its code is from. */
export interface BuildIdFrame {
  /** The file's build id; undefined when it has none that the kernel could read. */
  readonly buildId: Uint8Array | undefined;
  /** Bytes from the start of the file; without a build id, the address. */
  readonly offset: bigint;
}

/** A frame of a kernel stack. */
export interface KernelFrame {
  readonly address: bigint;
  /** Undefined for an address that no function is known to contain, such as one of a process. */
  readonly symbol: KernelSymbol | undefined;
}

const BPF_F_STACK_BUILD_ID = 1 << 5;
// struct bpf_stack_build_id (include/uapi/linux/bpf.h)
const BUILD_ID = { size: 32, valid: 1, idAt: 4, idSize: 20, offsetAt: 24 };

/**
 * Stacks by the ids that `bpf_get_stackid` gives programs. The kernel does not remove them: delete those that are done
 * with, or new ones may find no room. Needs Linux 4.6.
 *
 * @example
 * ```ts
 * const symbols = readKernelSymbols();
 * for (const { symbol } of profile.maps.stacks.symbolise(event.kernel_stack, symbols) ?? []) console.log(symbol?.name);
 * ```
 */
export class StackTraceMap extends BpfMap {
  readonly #handle: MapHandle;
  readonly #elements: Elements<number, Uint8Array, number, Uint8Array>;

  /** @internal */
  constructor(handle: MapHandle) {
    super(handle);
    this.#handle = handle;
    const value: Codec<Uint8Array> = codec({ ...le.bytes(handle.valueSize) });
    this.#elements = new Elements(handle, le.u32, value, "keys");
  }

  /** Most frames that a stack can have here. */
  get depth(): number {
    return this.#handle.valueSize / (this.#hasBuildIds ? BUILD_ID.size : 8);
  }

  /**
   * The addresses of a stack, the innermost first; `undefined` when there is none with this id.
   *
   * @throws {TinyBpfError} when the map has build ids (`BPF_F_STACK_BUILD_ID`)
   */
  get(id: number): bigint[] | undefined {
    this.#handle.assertOpen();
    if (this.#hasBuildIds)
      throw new TinyBpfError(`${this.#handle.title} has build ids and offsets, no addresses: use buildIds()`);
    const view = this.#view(id);
    if (view === undefined) return undefined;
    const addresses: bigint[] = [];
    for (let at = 0; at < view.byteLength; at += 8) {
      const address = view.getBigUint64(at, true);
      if (address === 0n) break;
      addresses.push(address);
    }
    return addresses;
  }

  /**
   * The frames of a stack in a process, the innermost first; `undefined` when there is none with this id.
   *
   * @throws {TinyBpfError} when the map has addresses
   */
  buildIds(id: number): BuildIdFrame[] | undefined {
    this.#handle.assertOpen();
    if (!this.#hasBuildIds)
      throw new TinyBpfError(
        `${this.#handle.title} has addresses: it was not declared with BPF_F_STACK_BUILD_ID`,
      );
    const view = this.#view(id);
    if (view === undefined) return undefined;
    const frames: BuildIdFrame[] = [];
    for (let at = 0; at < view.byteLength; at += BUILD_ID.size) {
      // enum bpf_stack_build_id_status: 0 is the end.
      const status = view.getInt32(at, true);
      if (status === 0) break;
      const id20 = new Uint8Array(view.buffer, view.byteOffset + at + BUILD_ID.idAt, BUILD_ID.idSize);
      frames.push({
        buildId: status === BUILD_ID.valid ? id20.slice() : undefined,
        offset: view.getBigUint64(at + BUILD_ID.offsetAt, true),
      });
    }
    return frames;
  }

  /**
   * The frames of a kernel stack, the innermost first, with the functions that they are in.
   *
   * @param symbols - read once, to be used for many stacks; read anew without
   * @throws {TinyBpfError} when the kernel does not show this process its symbols
   */
  symbolise(id: number, symbols?: KernelSymbols): KernelFrame[] | undefined {
    const addresses = this.get(id);
    if (addresses === undefined) return undefined;
    if (symbols !== undefined && !(symbols instanceof KernelSymbols))
      throw wrong(symbols, "what readKernelSymbols() gave", "symbols");
    const known = symbols ?? readKernelSymbols();
    return addresses.map((address) => ({ address, symbol: known.find(address) }));
  }

  has(id: number): boolean {
    return this.#elements.has(id);
  }

  /** @returns whether there was such a stack */
  delete(id: number): boolean {
    return this.#elements.delete(id);
  }

  /** Forgets all stacks. */
  clear(): void {
    for (const id of this.keys()) this.delete(id);
  }

  /** The ids of the stacks. */
  keys(): Generator<number, undefined> {
    return this.#elements.keys();
  }

  get #hasBuildIds(): boolean {
    return (this.#handle.flags & BPF_F_STACK_BUILD_ID) !== 0;
  }

  #view(id: number): DataView | undefined {
    const bytes = this.#elements.get(id);
    return bytes === undefined ? undefined : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** Describes a map of stacks; `valueSize` is 8 bytes a frame, or 32 with build ids. */
export function stackTraceMap(valueSize: number): MapDescriptor<StackTraceMap> {
  return {
    types: ["stack_trace"],
    keySize: 4,
    valueSize,
    create: (handle) => new StackTraceMap(handle),
  };
}
