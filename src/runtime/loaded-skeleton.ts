/** A skeleton from loading to closing. */
import { BpfError } from "./errors.ts";
import { showAs } from "./inspection.ts";
import { Link } from "./links/link.ts";
import { assertNoFault } from "./maps/arena-memory.ts";
import { MapHandle } from "./maps/map.ts";
import { descriptorPins } from "./maps/pins.ts";
import { withObjectMap } from "./maps/object-map.ts";
import { StructOpsMap } from "./maps/struct-ops.ts";
import { mapTypeName } from "./maps/types.ts";
import { define, named } from "./named.ts";
import { libbpf } from "./native.ts";
import type { NamedMap, OpenParts } from "./open-parts.ts";
import { Owner } from "./owner.ts";
import { isUnattachable, ProgramHandle } from "./programs/handle.ts";
import { atThreadExit } from "./thread-exit.ts";
import { uncloneable } from "./uncloneable.ts";

/** The class behind every `Skeleton`; the sections of globals are members of its objects, too. */
export class LoadedSkeleton implements Disposable {
  readonly maps: Readonly<Record<string, unknown>>;
  readonly programs: Readonly<Record<string, unknown>>;
  /** Owns the object, its maps and globals, and its links; closes them in the opposite order. */
  readonly #owner: Owner;
  readonly #handles: readonly ProgramHandle[];
  readonly #unwatchThread: () => void;
  readonly #autoMaps: readonly StructOpsMap[];
  readonly #autoLinks = new Map<ProgramHandle | StructOpsMap, Link>();

  readonly #name: string;

  static {
    showAs(
      LoadedSkeleton,
      (skeleton) => ({
        ...(skeleton.closed ? { closed: true } : {}),
        maps: Object.keys(skeleton.maps),
        programs: Object.keys(skeleton.programs),
        links: skeleton.links.map(({ title }) => title),
      }),
      (skeleton) => skeleton.#name,
    );
  }

  /**
   * Loads an opened object, or closes it.
   *
   * @param notAttached - the members of maps that `attach` leaves out
   */
  constructor(parts: OpenParts, notAttached: ReadonlySet<string>) {
    const { descriptor, object } = parts;
    this.#name = descriptor.name;
    const owner = new Owner(descriptor.source);
    this.#owner = owner;
    this.#unwatchThread = atThreadExit(() => owner.close());
    owner.own(object);
    for (const { section } of parts.globals) owner.own(section);
    try {
      for (const { name, pointer } of parts.maps) assertNoFault(name, pointer);
      for (const { section } of parts.globals) section.prepare();
      const logs = object.load();
      for (const { section } of parts.globals) section.load();
      this.maps = named(
        parts.maps.map((map) => [
          map.member,
          map.descriptor.create(withObjectMap(owner.own(mapHandle(map)), { pointer: map.pointer, owner })),
        ]),
      );
      this.#autoMaps = Object.entries(this.maps).flatMap(([member, map]) =>
        map instanceof StructOpsMap && map.created && !notAttached.has(member) ? [map] : [],
      );
      const programs = parts.programs.map((program) => ({
        ...program,
        handle: new ProgramHandle(
          owner,
          program.pointer,
          program.member,
          logs.get(program.name) ?? "",
          program.descriptor.hint,
        ),
      }));
      this.#handles = programs.map(({ handle }) => handle);
      this.programs = named(
        programs.map((program) => [program.member, program.descriptor.create(program.handle)]),
      );
      for (const { name, accessors } of parts.globals) define(this, name, accessors);
      uncloneable(this);
      Object.preventExtensions(this);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#owner.closed;
  }

  get links(): readonly Link[] {
    return this.#owner.owned.filter((thing) => thing instanceof Link);
  }

  attach(): readonly Link[] {
    this.#owner.assertOpen();
    const made: Link[] = [];
    try {
      for (const handle of this.#handles) {
        if (!handle.loaded || !handle.autoAttach || this.#isAttached(handle)) continue;
        const link = attachIfItCan(handle);
        if (link === undefined) continue;
        made.push(link);
        this.#autoLinks.set(handle, link);
      }
      // Last, as in libbpf.c, bpf_object__attach_skeleton.
      for (const map of this.#autoMaps) {
        if (this.#isAttached(map)) continue;
        const link = map.attach();
        made.push(link);
        this.#autoLinks.set(map, link);
      }
    } catch (error) {
      for (const link of made.toReversed()) link.close();
      throw error;
    }
    return made;
  }

  /** Whether an earlier `attach` of ours did that. */
  #isAttached(what: ProgramHandle | StructOpsMap): boolean {
    return this.#autoLinks.get(what)?.closed === false;
  }

  close(): void {
    this.#owner.close();
    this.#unwatchThread();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Attaches as the section says; `undefined` when it does not say where, or libbpf cannot attach this kind. */
function attachIfItCan(handle: ProgramHandle): Link | undefined {
  try {
    return handle.attachBySection();
  } catch (error) {
    if (error instanceof BpfError && isUnattachable(error.errno, error.log)) return undefined;
    throw error;
  }
}

function mapHandle({ member, name, pointer }: NamedMap): MapHandle {
  // Of a map that was not created, newer versions of libbpf have a descriptor, too: a placeholder that is no map.
  const fd = libbpf.bpf_map__autocreate(pointer) ? libbpf.bpf_map__fd(pointer) : -1;
  const pinned = fd < 0 ? undefined : (libbpf.bpf_map__pin_path(pointer) ?? undefined);
  const pins = descriptorPins(() => handle.fd, pinned);
  const handle: MapHandle = new MapHandle(pins, fd, member, {
    name,
    type: mapTypeName(libbpf.bpf_map__type(pointer)),
    keySize: libbpf.bpf_map__key_size(pointer),
    valueSize: libbpf.bpf_map__value_size(pointer),
    maxEntries: libbpf.bpf_map__max_entries(pointer),
    flags: libbpf.bpf_map__map_flags(pointer),
  });
  return handle;
}
