/** Kinds of programs that libbpf does not attach, or only as their section says. */
import type { Link } from "../links/link.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { testRun, type TestRunOptions, type TestRunResult } from "./test-run.ts";

/**
 * A program that can be attached as its section says, if libbpf knows how. Of these kinds some are put into a map by their
 * descriptor (`xdp/devmap`, `xdp/cpumap`, tail calls), some are named by other tools (`lwt_in`, `lwt_xmit`, `action`), and
 * `struct_ops` programs run when their map is attached.
 */
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

  /**
   * Runs the program on given input, if the kernel can run its kind.
   *
   * @throws {BpfError} with code `ENOTSUPP` or `EINVAL` when it cannot
   */
  testRun(options: TestRunOptions): TestRunResult {
    return testRun(this.#handle, options);
  }
}

/** Describes a program without a class of its own. */
export const otherProgram: ProgramDescriptor<Program> = {
  types: [],
  create: (handle) => new Program(handle),
};
