/** Global variables: what was written is read, constants stay, and nothing is there any more after closing. */
import { ReadOnlyError, ValueError } from "tinybpf";
import type { Globals } from "../golden/globals.skel.ts";
import { acting, hostile } from "./hostile.ts";
import { attempt, expectSame, Finding, must, mustBeClosed, show } from "./outcome.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

const text = (world: World): string => "abcdefgh".slice(0, world.random.below(8));
const config = (world: World): object => ({
  limit: world.random.next(),
  mask: BigInt(world.random.next()) << 31n,
  name: text(world),
  table: Int16Array.from([1, -2, world.random.below(30_000)]),
});

/** A value for each variable that nothing but us writes. */
const VALUES: Readonly<Record<string, Readonly<Record<string, (world: World) => unknown>>>> = {
  bss: {
    histogram: ({ random }) => Uint32Array.from({ length: 8 }, () => random.next()),
    zeroed: config,
    counter: ({ random }) => BigInt(random.next()) * 3n,
    weak_counter: ({ random }) => random.next(),
    enabled: ({ random }) => random.oneIn(2),
  },
  data: {
    seeded: ({ random }) => BigInt(random.next()) << 20n,
    settings: config,
    label: (world) => text(world),
    ratio: ({ random }) => random.next() / 8,
    pair: (world) => [config(world), config(world)],
  },
  data_custom: { custom: ({ random }) => random.next(), custom_config: config },
  rodata: {
    target_pid: ({ random }) => random.next(),
    limits: config,
    prefix: (world) => text(world).slice(0, 4),
  },
  rodata_tuning: { tuning: ({ random }) => random.next() },
};

export class GlobalsActor implements Actor {
  readonly title = "globals";
  readonly owner: Owned;
  readonly #skeleton: Globals;
  readonly #model = new Map<string, unknown>();

  constructor(owner: Owned, skeleton: Globals) {
    this.owner = owner;
    this.#skeleton = skeleton;
    this.resync();
  }

  resync(): void {
    for (const [section, variables] of Object.entries(VALUES))
      for (const name of Object.keys(variables))
        this.#model.set(
          `${section}.${name}`,
          must(() => this.#read(section, name)),
        );
  }

  poke(world: World): void {
    this.#set("bss", "zeroed", config(world));
  }

  step(world: World): Step {
    const sections = Object.entries(VALUES);
    const [section = "", variables = {}] = world.pick(sections) ?? [];
    const [name = "", make = () => 0] = world.pick(Object.entries(variables)) ?? [];
    const value = make(world);
    const is = (step: string, run: () => unknown): Step => ({
      text: `globals.${section}.${name} ${step}`,
      run,
    });
    switch (world.random.below(4)) {
      case 0:
        return is("read", () => this.#get(section, name));
      case 1:
        return is(`= ${show(value)}`, () => this.#set(section, name, value));
      case 2:
        return is("= acting", () => this.#setActing(world, section, name, value));
      default:
        return is("= hostile", () => {
          const { error } = attempt(() => this.#write(section, name, hostile(world, value)));
          if (error === undefined && (!this.owner.open || section.startsWith("rodata")))
            throw new Finding("can be written");
          if (this.owner.open && !(error instanceof ValueError)) this.resync();
        });
    }
  }

  #sectionOf(section: string): object {
    return Reflect.get(this.#skeleton, section) as object;
  }

  #read(section: string, name: string): unknown {
    return Reflect.get(this.#sectionOf(section), name);
  }

  #write(section: string, name: string, value: unknown): void {
    Reflect.set(this.#sectionOf(section), name, value);
  }

  #get(section: string, name: string): void {
    if (!this.owner.open) return mustBeClosed(() => this.#read(section, name));
    expectSame(
      "it",
      must(() => this.#read(section, name)),
      this.#model.get(`${section}.${name}`),
    );
  }

  #set(section: string, name: string, value: unknown): void {
    if (!this.owner.open) return mustBeClosed(() => this.#write(section, name, value));
    const { error } = attempt(() => this.#write(section, name, value));
    if (section.startsWith("rodata")) {
      if (!(error instanceof ReadOnlyError)) throw new Finding(`writing a constant: ${String(error)}`);
    } else {
      if (error !== undefined) throw new Finding(`cannot be written: ${error.stack}`);
      this.#model.set(`${section}.${name}`, value);
    }
  }

  #setActing(world: World, section: string, name: string, value: unknown): void {
    if (typeof value !== "object" || ArrayBuffer.isView(value) || Array.isArray(value))
      return this.#set(section, name, value);
    const { error } = attempt(() => this.#write(section, name, acting(value, world.act)));
    if (error === undefined && (!this.owner.open || section.startsWith("rodata")))
      throw new Finding("can be written");
    if (error === undefined) this.#model.set(`${section}.${name}`, value);
    else if (this.owner.open && !(error instanceof ReadOnlyError))
      throw new Finding(`acting: ${error.stack}`);
  }
}
