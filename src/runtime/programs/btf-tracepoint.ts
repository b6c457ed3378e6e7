/** `SEC("tp_btf/name")` */
import type { Link } from "../links/link.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import type { ProgramHandle } from "./handle.ts";
import { testRun, type TestRunOptions, type TestRunResult } from "./test-run.ts";
import { attachTrace, type TracingAttachOptions } from "./tracing.ts";

// bpf_link_create (bpf.c) of older ones knows no cookie for BPF_TRACE_RAW_TP.
const COOKIE = { kernel: "6.10", libbpf: "1.4" } as const;

/**
 * A program that runs when the kernel passes a tracepoint, and sees its arguments typed by the kernel's BTF. Linux 5.5.
 */
export class BtfTracepointProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to the tracepoint in its section, the one it was verified for.
   *
   * @param options - a cookie needs Linux 6.10 and libbpf 1.4 here
   * @throws {BpfError} when the kernel refuses
   * @throws {LibraryError} for a cookie, when libbpf is older than 1.4
   */
  attach(options?: TracingAttachOptions): Link {
    return attachTrace(this.#handle, options, COOKIE);
  }

  /**
   * Runs the program once, without the tracepoint. Linux 5.18.
   *
   * @param options - `context`: the arguments, 8 bytes each, at most 12; `cpu` with flag `BPF_F_TEST_RUN_ON_CPU`
   */
  testRun(options: Pick<TestRunOptions, "context" | "cpu" | "flags"> = {}): Pick<TestRunResult, "retval"> {
    return { retval: testRun(this.#handle, options).retval };
  }
}

/** Describes a BTF tracepoint program. */
export const btfTracepoint: ProgramDescriptor<BtfTracepointProgram> = {
  types: ["tracing"],
  create: (handle) => new BtfTracepointProgram(handle),
};
