/** What may come of a misuse: a typed error, what our own code threw, or the right answer. Anything else is a finding. */
import { ClosedError, TinyBpfError } from "tinybpf";

/** Something that must not be. */
export class Finding extends Error {}

/** What callbacks, getters and iterables of the test throw; the runtime must let it through. */
export class Injected extends Error {}

/** Of a call that ended. */
export type Outcome<T> =
  | { readonly value: T; readonly error?: never }
  | { readonly error: TinyBpfError | Injected; readonly value?: never };

/** Calls, and sorts what comes of it. @throws {Finding} for an error that is neither typed nor ours */
export function attempt<T>(call: () => T): Outcome<T> {
  try {
    return { value: call() };
  } catch (error) {
    return { error: allowed(error) };
  }
}

/** The error, if it may leave the runtime. */
export function allowed(error: unknown): TinyBpfError | Injected {
  if (error instanceof Finding) throw error;
  if (error instanceof TinyBpfError || error instanceof Injected) return error;
  // An iterable that cannot be gone through says so itself.
  if (error instanceof TypeError && /\n\s+at (?:\w+\.)values \(<anonymous>\)/.test(error.stack ?? ""))
    return new Injected(error.message, { cause: error });
  if (error instanceof TypeError && error.message.includes("called on incompatible receiver"))
    return new Injected(error.message, { cause: error });
  // That is what such a proxy does to whoever looks at it, as others call a getter that throws.
  if (error instanceof TypeError && error.message.includes("proxy that has been revoked"))
    return new Injected(error.message, { cause: error });
  const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  throw new Finding(`an error that is not typed: ${text}`, { cause: error });
}

/** The value of a call that has nothing to complain about. */
export function must<T>(call: () => T): T {
  const outcome = attempt(call);
  if (outcome.error === undefined) return outcome.value;
  throw new Finding(`failed, and should not: ${outcome.error.stack}`, { cause: outcome.error });
}

/** A call of something that is closed. */
export function mustBeClosed(call: () => unknown): void {
  const { error, value } = attempt(call);
  if (error instanceof ClosedError) return;
  if (error === undefined) throw new Finding(`it is closed, and gave ${show(value)}`);
  throw new Finding(`it is closed, and said: ${error.stack}`, { cause: error });
}

export function expectSame(what: string, found: unknown, expected: unknown): void {
  const [a, b] = [show(found), show(expected)];
  if (a !== b) throw new Finding(`${what}: found ${a}, expected ${b}`);
}

/** A value as text: the same text for equal values. */
export function show(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    if (part === undefined) return "undefined";
    return ArrayBuffer.isView(part)
      ? [...new Uint8Array(part.buffer, part.byteOffset, part.byteLength)]
      : part;
  });
  return text ?? String(value);
}
