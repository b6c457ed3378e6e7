/** What every kind of map has: an identity in the kernel, and an owner that may close it. */
import { EBUSY, EPERM } from "../errno.ts";
import { ClosedError, TinyBpfError } from "../errors.ts";
import { type Facts, showAs } from "../inspection.ts";
import { check } from "../log.ts";
import { libbpf } from "../native.ts";
import { uncloneable } from "../uncloneable.ts";
import { isFrozen, readMapId } from "./kernel-info.ts";
import type { InnerMap } from "./map-of-maps.ts";
import type { MapPins } from "./pins.ts";
import type { MapType } from "./types.ts";

/** A map as the kernel has it. */
export interface MapInfo {
  /** As in the C source. */
  readonly name: string;
  /** `BPF_MAP_TYPE_*` in lower case, without the prefix; `unknown` for one newer than this package. */
  readonly type: MapType | "unknown";
  /** Bytes of a key. */
  readonly keySize: number;
  /** Bytes of a value, of one CPU in per-CPU maps. */
  readonly valueSize: number;
  /** Most entries it can have; bytes of a ring buffer. */
  readonly maxEntries: number;
  /** `BPF_F_*` */
  readonly flags: number;
}

/** A map between its owner, which is a skeleton or whoever opened it, and the class of its kind. */
export class MapHandle implements MapInfo {
  /** What the skeleton calls it. */
  readonly member: string;
  readonly name: string;
  readonly type: MapType | "unknown";
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /**
   * The descriptor while the map can be used, else negative: for hot paths, which look at it and take {@link fd} for its
   * error.
   */
  usableFd: number;
  readonly #pins: MapPins;
  readonly #hooks: (() => void)[] = [];
  #closed = false;

  /** @param fd - negative when it was not created */
  constructor(pins: MapPins, fd: number, member: string, info: MapInfo) {
    this.member = member;
    this.#pins = pins;
    this.usableFd = fd;
    this.name = info.name;
    this.type = info.type;
    this.keySize = info.keySize;
    this.valueSize = info.valueSize;
    this.maxEntries = info.maxEntries;
    this.flags = info.flags;
  }

  /** How errors call it. */
  get title(): string {
    return this.name === "" ? `unnamed ${this.type} map` : `map ${this.name}`;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * The map's descriptor, owned by libbpf.
   *
   * @throws {ClosedError} once the map is closed
   * @throws {TinyBpfError} when the map was not created
   */
  get fd(): number {
    this.assertOpen();
    if (this.usableFd < 0)
      throw new TinyBpfError(`${this.title} was not created, because its autocreate is off`);
    return this.usableFd;
  }

  /** For `console.log`. */
  get facts(): Facts {
    const { name, type, usableFd: fd, keySize, valueSize, maxEntries, flags } = this;
    const state = this.#closed ? { closed: true } : fd < 0 ? { created: false } : { fd };
    return { name, type, ...state, keySize, valueSize, maxEntries, flags };
  }

  /** @throws {ClosedError} once the map is closed */
  assertOpen(): void {
    if (this.#closed) throw new ClosedError(this.title);
  }

  /** `hook` runs when the map closes, the last one first. It must not throw; memory that C uses is freed in one. */
  onClose(hook: () => void): void {
    this.assertOpen();
    this.#hooks.push(hook);
  }

  /** Called by the owner, before it lets go of the descriptor. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.usableFd = -1;
    for (let hook = this.#hooks.pop(); hook !== undefined; hook = this.#hooks.pop()) hook();
  }

  pin(path: string): void {
    this.assertOpen();
    this.#pins.pin(path, this.title);
  }

  unpin(path: string | undefined): void {
    this.assertOpen();
    this.#pins.unpin(path, this.title);
  }

  freeze(): void {
    const { fd } = this;
    check(
      `freeze ${this.title}`,
      () => libbpf.bpf_map_freeze(fd),
      (errno) => this.hint(errno),
    );
  }

  /** What an error number may mean for any kind. */
  hint(errno: number): string | undefined {
    // map_freeze (kernel/bpf/syscall.c) says EBUSY of a frozen map, too, or EPERM, depending on the kernel.
    if ((errno === EPERM || errno === EBUSY) && isFrozen(this.fd))
      return "The map is frozen: only programs can write it";
    if (errno === EBUSY) return "Its memory is mapped and can be written";
    return undefined;
  }
}

/**
 * What generated code says about a map: which kinds it may be, the sizes it was generated for, and how to make the
 * object that users see.
 */
export interface MapDescriptor<M> {
  /** The kinds it may be; the first is how messages call it. */
  readonly types: readonly MapType[];
  /** Bytes of a key; 0 for kinds without. */
  readonly keySize: number;
  /** Bytes of a value; 0 for kinds without, such as ring buffers. */
  readonly valueSize: number;
  /** Of maps of maps: how those inside are made. */
  readonly inner?: InnerMap<BpfMap>;
  create(handle: MapHandle): M;
}

/** Base of the classes of maps. */
export abstract class BpfMap implements MapInfo {
  readonly #handle: MapHandle;

  static {
    showAs(BpfMap, (map) => map.#handle.facts);
  }

  constructor(handle: MapHandle) {
    this.#handle = handle;
    uncloneable(this);
  }

  get name(): string {
    return this.#handle.name;
  }
  get type(): MapType | "unknown" {
    return this.#handle.type;
  }
  get keySize(): number {
    return this.#handle.keySize;
  }
  get valueSize(): number {
    return this.#handle.valueSize;
  }
  get maxEntries(): number {
    return this.#handle.maxEntries;
  }
  get flags(): number {
    return this.#handle.flags;
  }

  /**
   * The map's descriptor, valid until the skeleton is closed. Do not close it.
   *
   * @throws {ClosedError} once the skeleton is closed
   */
  get fd(): number {
    return this.#handle.fd;
  }

  /**
   * Pins the map to a file in a BPF file system, so that it outlives the process and others can open it. Its folder is made
   * if there is none. A map can have several pins.
   *
   * @throws {BpfError} when the kernel refuses
   */
  pin(path: string): void {
    this.#handle.pin(path);
  }

  /**
   * Removes the pin.
   *
   * @param path - where it is; by default, where it was pinned last, by configuration or by `pin`
   * @throws {BpfError} when there is none
   * @throws {TinyBpfError} without a path, when it was not pinned from here
   */
  unpin(path?: string): void {
    this.#handle.unpin(path);
  }

  /**
   * The number by which the kernel knows it, as in `bpftool map`.
   *
   * @throws {ClosedError} once the skeleton is closed
   */
  get id(): number {
    return readMapId(this.#handle.fd);
  }

  /**
   * Makes the map read-only for user space, for ever: programs still write it. Needs Linux 5.2.
   *
   * @throws {BpfError} `EPERM` or `EBUSY` when it is frozen already, `EBUSY` when others have its memory mapped to write it
   */
  freeze(): void {
    this.#handle.freeze();
  }
}
