/** The memory behind `__kconfig` externs: values from the kernel's configuration, which libbpf fills in at load. */
import type { BpfMapPointer } from "./c.ts";
import { closedView } from "./codec/cursor.ts";
import { SkeletonError, TinyBpfError } from "./errors.ts";
import { type GlobalsDescriptor, readOnlyView, type SectionMemory } from "./globals.ts";
import { GlobalsMemory } from "./globals-memory.ts";
import { mapMemory } from "./memory.ts";
import { libbpf } from "./native.ts";

export const KCONFIG_SECTION = ".kconfig";

/** The section of an object, from opening to closing. */
export class KconfigSection implements SectionMemory {
  readonly memory: GlobalsMemory = new GlobalsMemory(new DataView(new ArrayBuffer(0)));
  readonly #map: BpfMapPointer;
  readonly #title: string;
  readonly #size: number;
  #unmap: (() => void) | undefined;

  constructor(source: string, { section, size }: GlobalsDescriptor, map: BpfMapPointer) {
    this.#map = map;
    this.#size = size;
    this.#title = `${section} of ${source}`;
    const actual = libbpf.bpf_map__value_size(map);
    if (actual !== size)
      throw new SkeletonError(
        `${this.#title} has ${actual} bytes, but the skeleton was made for ${size}: run tinybpf-gen again`,
      );
    this.memory.close(unloadedView(this.#title));
  }

  prepare(): void {
    // Nothing that is there before load would stay.
  }

  load(): void {
    const mapping = mapMemory(libbpf.bpf_map__fd(this.#map), this.#size, 0, false, this.#title);
    this.#unmap = () => mapping.close();
    this.memory.move(mapping.view, readOnlyView(this.#title));
  }

  close(): void {
    this.memory.close(closedView(this.#title));
    this.#unmap?.();
    this.#unmap = undefined;
  }
}

/** A `DataView` whose every use says that there is nothing yet. */
function unloadedView(title: string): DataView {
  return new Proxy(new DataView(new ArrayBuffer(0)), {
    get() {
      throw new TinyBpfError(`${title} has no values before the object is loaded`);
    },
  });
}
