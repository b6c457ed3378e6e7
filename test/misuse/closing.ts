/** Closing, twice and out of order. */
import { expectSame, must } from "./outcome.ts";
import type { Step, World } from "./world.ts";

export function closeStep(world: World): Step | undefined {
  const owned = world.pick(world.owners);
  if (owned === undefined) return undefined;
  return {
    text: `close ${owned.title}`,
    run: () => {
      must(() => world.close(owned));
      must(() => owned.thing.close());
      expectSame("closed", owned.thing.closed, true);
    },
  };
}

export function transientStep(world: World): Step | undefined {
  const index = world.random.below(world.transients.length);
  const [thing] = world.transients.splice(index, 1);
  if (thing === undefined) return undefined;
  return {
    text: "close what a call gave",
    run: () => {
      must(() => thing.close());
      must(() => thing.close());
    },
  };
}
