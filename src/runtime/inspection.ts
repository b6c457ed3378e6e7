/** What `console.log` shows of our objects: in place of their insides, which say nothing, a few facts. */
import { inspect, type InspectOptions } from "node:util";
import { ClosedError } from "./errors.ts";

/** Facts of an object, in the order in which they are shown; those that are `undefined` are left out. */
export type Facts = object;

/**
 * Has `console.log` and `util.inspect` show the objects of a class, or of one that extends it, as the name of their class
 * and some facts: `HashMap { name: 'per_pid', fd: 7 }`.
 *
 * @param facts - must not throw, whatever state the object is in, nor change anything
 * @param nameOf - what to show in place of the class's name
 */
export function showAs<T extends object>(
  Class: abstract new (...args: never[]) => T,
  facts: (object: T) => Facts,
  nameOf: (object: T) => string = (object) => object.constructor.name,
): void {
  defineInspect(Class.prototype, function (this: T) {
    return [nameOf(this), facts(this)];
  });
}

/** The same for the variables of a section of globals, whose class is not ours: with their values. */
export function showVariables(accessors: object, name: string): void {
  defineInspect(accessors, () => [name, variablesOf(accessors)]);
}

function defineInspect<T extends object>(target: T, about: (this: T) => [name: string, facts: Facts]): void {
  Object.defineProperty(target, inspect.custom, {
    configurable: true,
    writable: true,
    value(this: T, depth: unknown, options: InspectOptions): string {
      // Asked for a prototype, there is no object to tell of.
      if (Object.hasOwn(this, "constructor")) return "[prototype]";
      const [name, facts] = about.call(this);
      if (typeof depth === "number" && depth < 0) return `[${name}]`;
      const known = Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
      return `${name} ${inspect(known, options)}`;
    },
  });
}

/** What the accessors on an object's prototype give, as far as they can be read. */
export function variablesOf(accessors: object): Facts {
  const facts: [string, unknown][] = [];
  const prototype = Object.getPrototypeOf(accessors) as object;
  for (const [name, accessor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (typeof accessor.get !== "function") continue;
    try {
      facts.push([name, Reflect.get(accessors, name)]);
    } catch (error) {
      if (error instanceof ClosedError) return { closed: true };
      facts.push([name, error instanceof Error ? error.message : String(error)]);
    }
  }
  return Object.fromEntries(facts);
}
