/** Any member of anything, with any arguments. */
import { types } from "node:util";
import { hostile } from "./hostile.ts";
import { attempt } from "./outcome.ts";
import type { Root, Step, World } from "./world.ts";

/** What would take the ground from under the models, or wait for ever, or reach beyond the test. */
const EXCLUDED = new Set([
  "constructor",
  "close",
  "freeze",
  "load",
  String(Symbol.dispose),
  // Marked as internal.
  "connect",
  "connected",
  "configure",
  "elements",
  "with",
  "filled",
  "sourceOf",
  "visitor",
]);

/** Of a codec and of arrays of references, what is called by the runtime, with arguments of its own. */
const INTERNAL = new Set(["read", "write", "View", "viewAt"]);

/** How much of an iteration is looked at. */
const FEW = 5;

interface Member {
  readonly name: string | symbol;
  readonly descriptor: PropertyDescriptor;
}

function membersOf(thing: object): Member[] {
  const members = new Map<string | symbol, Member>();
  for (
    let at: object | null = thing;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object
  )
    for (const name of Reflect.ownKeys(at)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(at, name);
      const isExcluded =
        EXCLUDED.has(String(name)) ||
        (!("programs" in thing) && INTERNAL.has(String(name))) ||
        // A queue's is for everybody.
        (name === "drain" && "consume" in thing);
      if (descriptor !== undefined && !members.has(name) && !isExcluded)
        members.set(name, { name, descriptor });
    }
  return [...members.values()];
}

/** Arguments of a call: right ones, with a wrong one here and there. */
function argumentsOf(world: World, root: Root): unknown[] {
  const samples = root.samples();
  const count = world.random.below(4);
  return Array.from({ length: count }, (_, index) => {
    const sample = world.random.oneIn(2) ? samples[index] : world.pick(samples);
    return world.random.oneIn(2) ? sample : hostile(world, sample);
  });
}

/** What a value is, without asking it anything. */
function kindOf(value: unknown): string {
  if (types.isProxy(value)) return "a proxy";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 20));
  if (typeof value === "number" || value === undefined || value === null) return String(value);
  return typeof value === "object"
    ? ((Object.getPrototypeOf(value) as object | null)?.constructor.name ?? "null")
    : typeof value;
}

export function wildStep(world: World): Step | undefined {
  const root = world.pick(world.roots);
  if (root === undefined) return undefined;
  const member = world.pick(membersOf(root.thing));
  if (member === undefined) return undefined;
  const { name, descriptor } = member;
  const args = argumentsOf(world, root);
  const kinds = args.map(kindOf);
  const isFunction = typeof descriptor.value === "function";
  const isSet = !isFunction && descriptor.set !== undefined && world.random.oneIn(2);
  return {
    text: `wild: ${root.title}.${String(name)}${isFunction ? `(${kinds.join(", ")})` : isSet ? " = …" : ""}`,
    run: () => {
      if (isFunction || isSet) for (const actor of root.dirties) world.dirty.add(actor);
      if (isSet) {
        attempt(() => Reflect.set(root.thing, name, args[0]));
        return;
      }
      const { value } = attempt((): unknown =>
        isFunction
          ? Reflect.apply(descriptor.value as () => unknown, root.thing, args)
          : Reflect.get(root.thing, name),
      );
      keep(world, root, String(name), value);
    },
  };
}

/** Goes on with what a call gave. */
function keep(world: World, { title, owner }: Root, name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (value instanceof Promise) world.track(value);
  else if ("next" in value && typeof value.next === "function") {
    if (Symbol.asyncIterator in value) world.asyncIterators.push(value as unknown as AsyncIterator<unknown>);
    else {
      const iterator = value as Iterator<unknown>;
      for (let i = 0; i < world.random.below(FEW); i++)
        if (attempt(() => iterator.next()).value?.done !== false) return;
      // That one takes what it gives, whose model would have to know.
      if (name !== "drain") world.iterators.push(iterator);
    }
  } else if (value instanceof ReadableStream) {
    if (world.random.oneIn(2)) world.track(value.getReader().read());
  } else if (value instanceof WritableStream) {
    if (world.random.oneIn(2)) world.track(value.getWriter().write(hostile(world)));
  } else if ("close" in value && typeof value.close === "function" && value !== owner?.thing) {
    const closable = value as { close(): void };
    if (world.transients.length < 20) world.transients.push(closable);
    else closable.close();
    world.roots.push({
      title: `${title}.${name}()`,
      thing: value,
      owner: undefined,
      dirties: [],
      samples: () => [0, 1],
    });
    if (world.roots.length > 300) world.roots.splice(200, 50);
  }
}

/** Goes on with an iteration, or leaves it. */
export function iterationStep(world: World): Step | undefined {
  const asynchronous = world.random.oneIn(2);
  const kept = asynchronous ? world.asyncIterators : world.iterators;
  const index = world.random.below(kept.length);
  const iterator = kept[index];
  if (iterator === undefined) return undefined;
  const leaves = world.random.oneIn(4) || kept.length > 30;
  if (leaves) kept.splice(index, 1);
  const call = leaves && world.random.oneIn(2) ? "return" : "next";
  return {
    text: `kept ${asynchronous ? "async " : ""}iteration.${call}()`,
    run: () => {
      const { value } = attempt((): unknown => iterator[call]?.());
      if (value instanceof Promise) world.track(value);
    },
  };
}
