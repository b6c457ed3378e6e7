/** Iterators over a map: their text is what the map holds, also when it is read in pieces, or given up. */
import { ClosedError, type IteratorLink } from "tinybpf";
import type { Iterators } from "../golden/iterators.skel.ts";
import { attempt, expectSame, Finding, must, mustBeClosed } from "./outcome.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

export class IteratorActor implements Actor {
  readonly title = "iterator";
  readonly owner: Owned;
  readonly #skeleton: Iterators;
  readonly #model = new Map<number, bigint>();
  #links: IteratorLink[] = [];

  constructor(owner: Owned, skeleton: Iterators) {
    this.owner = owner;
    this.#skeleton = skeleton;
  }

  resync(): void {
    // Only this writes the map.
  }

  poke(world: World): void {
    const key = world.random.below(2000);
    const { counts } = this.#skeleton.maps;
    if (!this.owner.open) return mustBeClosed(() => counts.set(key, 1));
    must(() => counts.set(key, BigInt(key)));
    this.#model.set(key, BigInt(key));
  }

  step(world: World): Step {
    switch (world.random.below(6)) {
      case 0:
        return is("fill", () => {
          for (let i = 0; i < 50; i++) this.poke(world);
        });
      case 1:
        return is("attach", () => this.#attach());
      case 2:
        return is("text()", () => this.#text(world));
      case 3:
        return is("keep reading", () => this.#keep(world));
      case 4:
        return is("stream()", () => this.#stream(world));
      default:
        return is("close", () => {
          const link = world.pick(this.#links);
          must(() => link?.close());
        });
    }
  }

  #attach(): void {
    const { programs, maps } = this.#skeleton;
    if (!this.owner.open) return mustBeClosed(() => programs.dump_map.attach({ map: maps.counts }));
    if (this.#links.length > 20) this.#links.shift()?.close();
    this.#links.push(must(() => programs.dump_map.attach({ map: maps.counts })));
  }

  #text(world: World): void {
    const link = world.pick(this.#links);
    if (link === undefined) return;
    if (link.closed || !this.owner.open) return mustBeClosed(() => link.text());
    const expected = [...this.#model].map(([key, value]) => `${key}=${value}`).sort();
    expectSame("lines", must(() => [...link.lines()]).sort(), expected);
  }

  #keep(world: World): void {
    const link = world.pick(this.#links);
    if (link === undefined) return;
    const reading = link.chunks();
    const { error } = attempt(() => reading.next());
    if (link.closed !== error instanceof ClosedError) throw new Finding(`chunks: ${String(error)}`);
    world.act();
    const { value: later } = attempt(() => reading.next());
    if (link.closed && later?.done === false) throw new Finding("chunks of a closed link go on");
    world.iterators.push(reading);
    world.iterators.push(link.lines());
  }

  #stream(world: World): void {
    const link = world.pick(this.#links);
    if (link === undefined) return;
    const reader = must(() => link.stream()).getReader();
    world.track(reader.read());
    if (world.random.oneIn(2)) world.track(reader.cancel());
  }
}

function is(text: string, run: () => unknown): Step {
  return { text: `iterator: ${text}`, run };
}
