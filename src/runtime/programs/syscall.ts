/** `SEC("syscall")` */
import { copyOf } from "../arguments.ts";
import type { Codec } from "../codec/codec.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { testRun } from "./test-run.ts";

/** What a call of a syscall program gave. */
export interface SyscallResult<C> {
  /** What the program returned, as a C `int`. */
  readonly retval: number;
  /** The context as the program left it. */
  readonly ctx: C;
}

/** The arguments of `run`: a typed context must be given, one of bytes may be left out. */
export type SyscallArguments<C, CI> = [C] extends [Uint8Array] ? [ctx?: Uint8Array] : [ctx: CI];

/**
 * A program that runs when user space calls it.
 *
 * @typeParam C - its context when read; bytes when the C source does not say
 * @typeParam CI - what writing the context accepts
 *
 * @example
 * ```ts
 * const { retval, ctx } = demo.programs.echo.run({ number: 1, length: 0, text: "hi", calls: 0 });
 * ```
 */
export class SyscallProgram<C = Uint8Array, CI = C> extends BaseProgram {
  readonly #handle: ProgramHandle;
  readonly #context: SyscallContext<C, CI>;

  /** @internal */
  constructor(handle: ProgramHandle, context: SyscallContext<C, CI>) {
    super(handle);
    this.#handle = handle;
    this.#context = context;
  }

  /**
   * Runs the program, and waits for it.
   *
   * @param args - the context; when it is bytes, it may be left out
   * @throws {ValueError} when the context does not fit its C type
   * @throws {BpfError} when the kernel refuses, as with `EINVAL` when the program needs a larger context
   */
  run(...args: SyscallArguments<C, CI>): SyscallResult<C> {
    const context = this.#context.encode(...args);
    const result = testRun(this.#handle, context.length === 0 ? {} : { context });
    return { retval: result.retval, ctx: this.#context.decode(result.context) };
  }
}

/** How a context is written and read. */
interface SyscallContext<C, CI> {
  encode(...args: SyscallArguments<C, CI>): Uint8Array;
  decode(bytes: Uint8Array): C;
}

/** A context that the C source gives no type. */
const untyped: SyscallContext<Uint8Array, Uint8Array> = {
  encode: (ctx = new Uint8Array()) => copyOf(ctx, "ctx"),
  decode: (bytes) => bytes,
};

/** Describes a syscall program whose context is bytes, or has a type. */
export function syscallProgram(): ProgramDescriptor<SyscallProgram>;
export function syscallProgram<C, CI>(context: Codec<C, CI>): ProgramDescriptor<SyscallProgram<C, CI>>;
export function syscallProgram(context?: Codec<unknown>): ProgramDescriptor<unknown> {
  return {
    types: ["syscall"],
    create: (handle) =>
      context === undefined
        ? new SyscallProgram(handle, untyped)
        : new SyscallProgram<unknown>(handle, {
            encode: (ctx) => context.encode(ctx),
            decode: (bytes) => context.decode(bytes),
          }),
  };
}
