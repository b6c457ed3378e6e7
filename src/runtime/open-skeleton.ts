/** A skeleton from opening to loading. */
import { assertOptions } from "./arguments.ts";
import type { OpenOptions } from "./bpf-object.ts";
import { type Config, configure } from "./configure.ts";
import { showAs } from "./inspection.ts";
import { LoadedSkeleton } from "./loaded-skeleton.ts";
import { define, named } from "./named.ts";
import { OpenMap } from "./open-map.ts";
import { type Descriptor, type OpenParts, openParts } from "./open-parts.ts";
import { OpenProgram } from "./open-program.ts";
import { Owner } from "./owner.ts";
import { atThreadExit } from "./thread-exit.ts";
import { uncloneable } from "./uncloneable.ts";

/** The class behind every `OpenSkeleton`; the sections of globals are members of its objects, too. */
export class OpenedSkeleton implements Disposable {
  readonly maps: Readonly<Record<string, OpenMap>>;
  readonly programs: Readonly<Record<string, OpenProgram>>;
  readonly #parts: OpenParts;
  /** What can be used until it is loaded: nothing of it needs closing. */
  readonly #state: Owner;
  readonly #unwatchThread: () => void;

  static {
    showAs(
      OpenedSkeleton,
      (skeleton) => ({
        ...(skeleton.closed ? { closed: true } : {}),
        maps: Object.keys(skeleton.maps),
        programs: Object.keys(skeleton.programs),
      }),
      (skeleton) => `Open${skeleton.#parts.descriptor.name}`,
    );
  }

  constructor(descriptor: Descriptor, options: OpenOptions = {}) {
    assertOptions<OpenOptions>(options, "options", { pinRootPath: true, kernelBtf: true, kconfig: true });
    this.#state = new Owner(`the opened ${descriptor.source}`);
    this.#parts = openParts(descriptor, options);
    this.#unwatchThread = atThreadExit(() => this.close());
    const { maps, programs, globals } = this.#parts;
    this.maps = named(maps.map(({ member, pointer }) => [member, new OpenMap(this.#state, pointer)]));
    this.programs = named(
      programs.map(({ member, pointer }) => [member, new OpenProgram(this.#state, pointer)]),
    );
    for (const { name, accessors } of globals) define(this, name, accessors);
    uncloneable(this);
    Object.preventExtensions(this);
  }

  get closed(): boolean {
    return this.#state.closed;
  }

  /** See {@link configure}. */
  configure(config: Config): void {
    const { descriptor, globals } = this.#parts;
    configure({ source: descriptor.source, maps: this.maps, programs: this.programs, globals }, config);
  }

  load(): LoadedSkeleton {
    this.#state.assertOpen();
    const maps = Object.entries(this.maps);
    const notAttached = new Set(maps.filter(([, map]) => !map.autoAttach).map(([member]) => member));
    this.#state.close("load() was called; use what it returned, or open() the object again");
    this.#unwatchThread();
    return new LoadedSkeleton(this.#parts, notAttached);
  }

  close(): void {
    if (this.#state.closed) return;
    this.#state.close();
    this.#unwatchThread();
    for (const { section } of this.#parts.globals) section.close();
    this.#parts.object.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
