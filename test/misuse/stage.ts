/** How scenes put what they open on the stage. */
import type { Places } from "./places.ts";
import type { Actor, Owned, Root, World } from "./world.ts";

export type Scene = (world: World, places: Places) => void;

export const small = (world: World): number => world.random.below(20);
export const u64 = (world: World): bigint => BigInt(world.random.next()) * 5n;
export const value = (world: World): object => ({ packets: u64(world), bytes: BigInt(small(world)) });

/** Anything to call, with arguments that would do. */
export function root(
  world: World,
  title: string,
  owner: Owned | undefined,
  thing: object,
  rest: Partial<Root> = {},
): void {
  const samples = (): unknown[] => [
    small(world),
    u64(world),
    value(world),
    "lo",
    [1, 2],
    new Uint8Array(16),
    () => 0,
  ];
  world.roots.push({ title, thing, owner, dirties: [], samples, ...rest });
}

/** Everything in a skeleton's record of maps or programs. */
export function roots(world: World, owned: Owned, things: object, dirties: readonly Actor[] = []): void {
  for (const [name, thing] of Object.entries(things) as [string, object][])
    root(world, `${owned.title}.${name}`, owned, thing, { dirties });
}

export function own(world: World, title: string, thing: Owned["thing"]): Owned {
  return world.own({ title, thing, open: true });
}

export function act(world: World, ...actors: readonly Actor[]): void {
  world.actors.push(...actors);
}
