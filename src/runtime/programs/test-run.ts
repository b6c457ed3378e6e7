/** `BPF_PROG_TEST_RUN`: runs a program on given input, without attaching it. */
import { NOT_SUPPORTED } from "../errno.ts";
import { ValueError } from "../errors.ts";
import { check } from "../log.ts";
import { allocate, libbpf, type Memory, optionsSize } from "../native.ts";
import type { ProgramHandle } from "./handle.ts";

/** What a program is run on. Which of it a program takes depends on its kind. */
export interface TestRunOptions {
  /** The packet. */
  readonly data?: Uint8Array;
  /** The program's context. */
  readonly context?: Uint8Array;
  /** How often to run it; 1 by default. */
  readonly repeat?: number;
  /** `BPF_F_TEST_*` */
  readonly flags?: number;
  /** The CPU to run it on, for flag `BPF_F_TEST_RUN_ON_CPU`. */
  readonly cpu?: number;
  /** Packets that are processed together, for flag `BPF_F_TEST_XDP_LIVE_FRAMES`. */
  readonly batchSize?: number;
}

/** What came out. */
export interface TestRunResult {
  /** What the program returned, as a C `int`. */
  readonly retval: number;
  /** Nanoseconds, the average of the runs; 0 for kinds that are not timed. */
  readonly duration: number;
  /** The packet as the program left it. */
  readonly data: Uint8Array;
  /** The context as the program left it. */
  readonly context: Uint8Array;
}

/** Room that a program may add to a packet (`XDP_PACKET_HEADROOM`, and as much behind). */
const GROWTH = 512;

/**
 * Runs a program.
 *
 * @throws {BpfError} when the kernel refuses, or cannot run this kind
 * @throws {ValueError} when a number is out of range
 */
export function testRun(handle: ProgramHandle, options: TestRunOptions): TestRunResult {
  const data = input(options.data);
  const dataOut = options.data && allocate(options.data.length + GROWTH);
  const context = input(options.context);
  // Kinds without a packet write the context back to where it came from, or not at all, and refuse a second place.
  const contextOut = data && context && allocate(context.bytes.length);
  const struct = {
    sz: optionsSize("bpf_test_run_opts"),
    data_in: data?.address ?? null,
    data_out: dataOut?.address ?? null,
    data_size_in: options.data?.length ?? 0,
    data_size_out: dataOut?.bytes.length ?? 0,
    ctx_in: context?.address ?? null,
    ctx_out: contextOut?.address ?? null,
    ctx_size_in: options.context?.length ?? 0,
    ctx_size_out: contextOut?.bytes.length ?? 0,
    retval: 0,
    repeat: count(options.repeat, "repeat", 0x7fff_ffff),
    duration: 0,
    flags: count(options.flags, "flags", 0xffff_ffff),
    cpu: count(options.cpu, "cpu", 0xffff_ffff),
    batch_size: count(options.batchSize, "batchSize", 0xffff_ffff),
  };
  const { fd } = handle;
  check(
    `run ${handle.title}`,
    () => libbpf.bpf_prog_test_run_opts(fd, struct),
    (errno) =>
      NOT_SUPPORTED.includes(errno)
        ? "The kernel may not run this kind of program, or not with these options"
        : undefined,
  );
  return {
    retval: struct.retval | 0,
    duration: struct.duration,
    data: dataOut?.bytes.slice(0, struct.data_size_out) ?? new Uint8Array(),
    context:
      (contextOut?.bytes ?? context?.bytes)?.slice(0, contextOut ? struct.ctx_size_out : undefined) ??
      new Uint8Array(),
  };
}

function input(bytes: Uint8Array | undefined): Memory | undefined {
  if (bytes === undefined) return undefined;
  const memory = allocate(bytes.length);
  memory.bytes.set(bytes);
  return memory;
}

function count(value: number | undefined, name: string, max: number): number {
  if (value === undefined) return 0;
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new ValueError(`must be an integer from 0 to ${max}`, name);
  return value;
}
