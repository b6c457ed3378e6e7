/** A map before its object is loaded: its definition can still be changed. */
import { objectKind } from "./object-info.ts";
import { flag, optionalText } from "./arguments.ts";
import type { BpfMapPointer } from "./c.ts";
import { u32 } from "./codec/check.ts";
import { SkeletonError, ValueError } from "./errors.ts";
import { showAs } from "./inspection.ts";
import { check } from "./log.ts";
import { libbpf } from "./native.ts";
import { type Descriptor, descriptor } from "./maps/fd-argument.ts";
import { readMapInfo } from "./maps/kernel-info.ts";
import { type MapType, mapTypeName } from "./maps/types.ts";
import type { Owner } from "./owner.ts";

/** What can be configured of a map. */
export interface MapConfig {
  /** Most entries it can have; bytes of a ring buffer, which libbpf rounds up to what the kernel takes. */
  readonly maxEntries?: number;
  /**
   * Bytes of a stack in a stack_trace map: 8 for each frame, or 32 with build ids. The values of other maps are what the C
   * source says.
   */
  readonly valueSize?: number;
  /** `BPF_F_*`, all of them. */
  readonly flags?: number;
  /** File in a BPF file system: the map found there is used if there is one, else it is created and pinned there. */
  readonly pinPath?: string;
  /**
   * A map, or the descriptor of one, that is used in place of a new one: opened, made, or of another skeleton. It has the same
   * type, flags and sizes of keys and values, and keeps its own `maxEntries`. It is not pinned where the C source would have
   * it, and may be closed afterwards.
   */
  readonly reuse?: Descriptor;
  /** Whether it is created at all; a program that uses it must not be loaded otherwise. */
  readonly autocreate?: boolean;
  /** Whether the skeleton's `attach()` attaches it; of use for struct_ops maps, the only ones that can be attached. */
  readonly autoAttach?: boolean;
}

/** Kinds that libbpf gets ready when it makes them: it attaches the one, and maps the other's memory. */
const NOT_REUSED: ReadonlySet<MapType | "unknown"> = new Set(["struct_ops", "arena"]);

/** A map of an opened object. Everything throws a `ClosedError` once the object is loaded or closed. */
export class OpenMap {
  readonly #state: Owner;
  readonly #map: BpfMapPointer;
  #autoAttach = true;
  #reused = false;
  /** As in the C source. */
  readonly name: string;

  static {
    showAs(OpenMap, (map) => {
      const { name } = map;
      if (map.#state.closed) return { name, closed: true };
      const { type, keySize, valueSize, maxEntries, flags, pinPath, autocreate } = map;
      return { name, type, keySize, valueSize, maxEntries, flags, pinPath, autocreate };
    });
  }

  /** @internal */
  constructor(state: Owner, map: BpfMapPointer) {
    this.#state = state;
    this.#map = map;
    this.name = libbpf.bpf_map__name(map);
    // Without a compiler nothing else would tell of an option that is misspelt.
    Object.preventExtensions(this);
  }

  get type(): MapType | "unknown" {
    return mapTypeName(libbpf.bpf_map__type(this.#open()));
  }
  get keySize(): number {
    return libbpf.bpf_map__key_size(this.#open());
  }
  get valueSize(): number {
    return libbpf.bpf_map__value_size(this.#open());
  }
  set valueSize(value: number) {
    const size = u32(value, "valueSize");
    if (this.type !== "stack_trace")
      throw new ValueError(
        `map ${this.name} has the values that the C source says: only a stack_trace map's have a size to choose`,
        "valueSize",
      );
    this.#set("valueSize", (map) => libbpf.bpf_map__set_value_size(map, size));
  }

  get maxEntries(): number {
    return libbpf.bpf_map__max_entries(this.#open());
  }
  set maxEntries(value: number) {
    const count = u32(value, "maxEntries");
    this.#set("maxEntries", (map) => libbpf.bpf_map__set_max_entries(map, count));
  }

  get flags(): number {
    return libbpf.bpf_map__map_flags(this.#open());
  }
  set flags(value: number) {
    const flags = u32(value, "flags");
    this.#set("flags", (map) => libbpf.bpf_map__set_map_flags(map, flags));
  }

  /** Where it is pinned, or will be; undefined when it will not. */
  get pinPath(): string | undefined {
    return libbpf.bpf_map__pin_path(this.#open()) ?? undefined;
  }
  set pinPath(value: string | undefined) {
    const path = optionalText(value, "pinPath");
    if (this.#reused && path !== null)
      throw new ValueError(`map ${this.name} is another map that is reused: pin that`, "pinPath");
    this.#set("pinPath", (map) => libbpf.bpf_map__set_pin_path(map, path));
  }

  /** @throws {SkeletonError} when it is of another type, or has other flags, or keys or values of another size */
  set reuse(value: Descriptor) {
    const map = this.#open();
    const fd = descriptor(value, "reuse");
    this.#assertLike(fd);
    this.#set("reuse", () => libbpf.bpf_map__reuse_fd(map, fd));
    // It would look there for another map (libbpf.c, bpf_object__create_maps).
    check(`reuse a map for map ${this.name}`, () => libbpf.bpf_map__set_pin_path(map, null));
    this.#reused = true;
  }

  get autocreate(): boolean {
    return libbpf.bpf_map__autocreate(this.#open());
  }
  set autocreate(value: boolean) {
    const autocreate = flag(value, "autocreate");
    this.#set("autocreate", (map) => libbpf.bpf_map__set_autocreate(map, autocreate));
  }

  // libbpf has the same from 1.5 on, for its own skeletons only.
  get autoAttach(): boolean {
    this.#open();
    return this.#autoAttach;
  }
  set autoAttach(value: boolean) {
    this.#open();
    this.#autoAttach = flag(value, "autoAttach");
  }

  /** As libbpf wants a pinned map to be (libbpf.c, map_is_reuse_compat); but programs see how many entries it has. */
  #assertLike(fd: number): void {
    if (objectKind(fd) !== "map") throw new ValueError("is no descriptor of a map", "reuse");
    const given = readMapInfo(fd);
    if (NOT_REUSED.has(this.type))
      throw new ValueError(`maps of type ${this.type} are tied to the object that made them`, "reuse");
    for (const member of ["type", "keySize", "valueSize", "flags"] as const)
      if (given[member] !== this[member])
        throw new SkeletonError(
          `map ${given.name} cannot be reused as map ${this.name}: its ${member} is ${given[member]}, and not ${this[member]}`,
        );
  }

  #set(member: string, set: (map: BpfMapPointer) => number): void {
    const map = this.#open();
    check(`set ${member} of map ${this.name}`, () => set(map));
  }

  #open(): BpfMapPointer {
    this.#state.assertOpen(`map ${this.name} of ${this.#state.title}`);
    return this.#map;
  }
}
