/** Kinds of programs that have no class of their own yet. */
import type { Link } from "../links/link.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";

/** A program that can be attached as its section says, if libbpf knows how. */
export class Program extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches as the section says.
   *
   * @throws {BpfError} with code `EOPNOTSUPP` when the section does not say where, or libbpf cannot attach this kind
   */
  attach(): Link {
    return this.#handle.attachBySection();
  }
}

/** Describes a program without a class of its own. */
export const otherProgram: ProgramDescriptor<Program> = {
  types: [],
  create: (handle) => new Program(handle),
};
