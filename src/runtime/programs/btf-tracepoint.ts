/** `SEC("tp_btf/name")` */
import type { Link } from "../links/link.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";

/** A program that runs when the kernel passes a tracepoint, and sees its arguments typed by the kernel's BTF. */
export class BtfTracepointProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to the tracepoint in its section, the one it was verified for.
   *
   * @throws {BpfError} when the kernel refuses
   */
  attach(): Link {
    return this.#handle.attachBySection();
  }
}

/** Describes a BTF tracepoint program. */
export const btfTracepoint: ProgramDescriptor<BtfTracepointProgram> = {
  types: ["tracing"],
  create: (handle) => new BtfTracepointProgram(handle),
};
