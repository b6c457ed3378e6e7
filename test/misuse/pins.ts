/** Pins of a map: what is pinned there is this map, and nothing else. */
import { existsSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import {
  arrayMap,
  BpfError,
  hashMap,
  type HashMap,
  le,
  type Opened,
  openMapById,
  openPinnedMap,
  SkeletonError,
} from "tinybpf";
import * as dynamic from "tinybpf/dynamic";
import { attempt, expectSame, Finding, must, mustBeClosed } from "./outcome.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

export class PinActor implements Actor {
  readonly title = "pins";
  readonly outlives = true;
  readonly owner: Owned;
  readonly #map: Opened<HashMap<number, bigint>>;
  readonly #folder: string;
  readonly #names: readonly string[];
  readonly #pinned = new Set<string>();

  constructor(owner: Owned, map: object, folder: string) {
    this.owner = owner;
    this.#map = map as Opened<HashMap<number, bigint>>;
    this.#folder = folder;
    this.#names = NAMES.map((name) => `${name}-${folderUses++}`);
    for (const name of this.#names) attempt(() => ignoreMissing(() => unlinkSync(join(folder, name))));
  }

  resync(): void {
    this.#pinned.clear();
    for (const path of this.#names.map((name) => join(this.#folder, name)))
      if (existsSync(path)) this.#pinned.add(path);
  }

  step(world: World): Step {
    const path = join(this.#folder, world.pick(this.#names) ?? "");
    const is = (text: string, run: () => unknown): Step => ({ text: `pins: ${text} ${path}`, run });
    switch (world.random.below(5)) {
      case 0:
        return is("pin", () => this.#pin(path));
      case 1:
        return is("unpin", () => this.#unpin(path));
      case 2:
        return is("open", () => this.#open(path, (file) => openPinnedMap(file, hashMap(le.u32, le.u64))));
      case 3:
        return is("open by name", () => this.#open(path, (file) => dynamic.openPinnedMap(file, "HashMap")));
      default:
        return is("open as another", () => this.#openWrong(path));
    }
  }

  #pin(path: string): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.pin(path));
    const { error } = attempt(() => this.#map.pin(path));
    if (this.#pinned.has(path)) {
      if (!(error instanceof BpfError && error.code === "EEXIST")) throw new Finding(`pin: ${String(error)}`);
    } else if (error !== undefined) throw new Finding(`pin: ${error.stack}`);
    this.#pinned.add(path);
  }

  #unpin(path: string): void {
    if (!this.owner.open) return mustBeClosed(() => this.#map.unpin(path));
    const { error } = attempt(() => this.#map.unpin(path));
    if (error === undefined) expectSame("it was pinned", this.#pinned.has(path), true);
    else if (this.#pinned.has(path)) throw new Finding(`unpin: ${error.stack}`);
    this.#pinned.delete(path);
  }

  #open(path: string, open: (file: string) => { readonly id: number } & Disposable): void {
    const { error, value } = attempt(() => open(path));
    if (value === undefined) {
      if (this.#pinned.has(path)) throw new Finding(`open: ${String(error)}`);
      return;
    }
    using map = value;
    expectSame("it was pinned", this.#pinned.has(path), true);
    if (!this.owner.open) return;
    expectSame(
      "id",
      must(() => map.id),
      must(() => this.#map.id),
    );
    using again = must(() => openMapById(map.id, hashMap(le.u32, le.u64)));
    expectSame("name", again.name, "pinned");
  }

  #openWrong(path: string): void {
    for (const descriptor of [arrayMap(le.u64), hashMap(le.u64, le.u64), hashMap(le.u32, le.u32)]) {
      const { error } = attempt(() => openPinnedMap<object>(path, descriptor));
      if (this.#pinned.has(path) && !(error instanceof SkeletonError))
        throw new Finding(`open: ${String(error)}`);
    }
  }
}

const NAMES = ["map", "other"];
let folderUses = 0;

function ignoreMissing(remove: () => void): void {
  try {
    remove();
  } catch {
    // There was none.
  }
}
