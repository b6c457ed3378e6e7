/** What `console.log` and `JSON.stringify` show of our objects: in place of their insides, which say nothing, a few facts. */
import { inspect, type InspectOptions, types } from "node:util";
import { ClosedError } from "./errors.ts";

/** Facts of an object, in the order in which they are shown; those that are `undefined` are left out. */
export type Facts = object;

/**
 * Has `console.log` and `util.inspect` show the objects of a class, or of one that extends it, as the name of their class
 * and some facts: `HashMap { name: 'per_pid', fd: 7 }`. `JSON.stringify` gives the facts.
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

/** The same for the class of the views of a struct: with the members, as they are now. */
export function showMembers(View: new (...args: never[]) => unknown, name: string): void {
  const prototype: unknown = View.prototype;
  // Not a class's own name: a member may be called `constructor`.
  if (typeof prototype === "object" && prototype !== null && !Object.hasOwn(prototype, inspect.custom))
    defineInspect(prototype, function (this: object) {
      return [name, variablesOf(this)];
    });
}

function defineInspect<T extends object>(target: T, about: (this: T) => [name: string, facts: Facts]): void {
  // A variable or member of that name comes first.
  if (!("toJSON" in target))
    Object.defineProperty(target, "toJSON", {
      configurable: true,
      writable: true,
      value(this: T): unknown {
        return plain(about.call(this)[1]);
      },
    });
  Object.defineProperty(target, inspect.custom, {
    configurable: true,
    writable: true,
    value(this: T, depth: unknown, options: InspectOptions): string {
      // Asked for a prototype, there is no object to tell of.
      if (Object.hasOwn(this, "constructor")) return "[prototype]";
      const [name, facts] = about.call(this);
      if (typeof depth === "number" && depth < 0) return `[${name}]`;
      if (Array.isArray(facts) || ArrayBuffer.isView(facts)) return `${name} ${inspect(facts, options)}`;
      const known = Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
      return `${name} ${inspect(known, options)}`;
    },
  });
}

/** Facts as `JSON.stringify` takes them, by the rules of `toJSON` in codec/json.ts as far as values alone tell. */
function plain(fact: unknown): unknown {
  if (typeof fact === "bigint") return Number.isSafeInteger(Number(fact)) ? Number(fact) : fact.toString();
  if (typeof fact === "number") return Number.isFinite(fact) ? fact : String(fact);
  if (typeof fact !== "object" || fact === null) return fact;
  if (types.isUint8Array(fact)) return Buffer.from(fact).toString("hex");
  if (types.isTypedArray(fact) || Array.isArray(fact)) return Array.from<unknown, unknown>(fact, plain);
  if ("toJSON" in fact && typeof fact.toJSON === "function") return fact;
  return Object.fromEntries(Object.entries(fact).map(([name, value]) => [name, plain(value)]));
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
