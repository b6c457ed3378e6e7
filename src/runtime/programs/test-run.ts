/** `BPF_PROG_TEST_RUN`: runs a program on given input, without attaching it. */
import { assertOptions, copyOf } from "../arguments.ts";
import { EINVAL, NOT_SUPPORTED } from "../errno.ts";
import { BpfError, ValueError } from "../errors.ts";
import { allocate, libbpf, type Memory, setPointer } from "../native.ts";
import type { ProgramHandle } from "./handle.ts";
import type { ProgramType } from "./types.ts";

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

/** What a program is run on that sees a packet as a `struct __sk_buff`. The kernel refuses the rest. */
export type SkbRunOptions = Pick<TestRunOptions, "context" | "repeat" | "flags"> & {
  /** The packet, at least 14 bytes. */
  readonly data: Uint8Array;
};

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

/**
 * What a program may add to a packet: it may become as large as the MTU of the loopback interface, 64 KiB, or in newer
 * kernels as what the kernel allocates at once, 16 KiB (bpf_skb_change_tail, filter.c).
 */
const GROWTH = (64 << 10) + 256;

// struct bpf_test_run_opts (bpf.h of libbpf) on a machine with 64-bit pointers
const SIZE = 80;
const AT = {
  sz: 0,
  data_in: 8,
  data_out: 16,
  data_size_in: 24,
  data_size_out: 28,
  ctx_in: 32,
  ctx_out: 40,
  ctx_size_in: 48,
  ctx_size_out: 52,
  retval: 56,
  repeat: 60,
  duration: 64,
  flags: 68,
  cpu: 72,
  batch_size: 76,
} as const;

/** What of a program it takes to run it. */
type Runnable = Pick<ProgramHandle, "fd" | "type" | "title">;

// Shared by all runs: one is over before the next begins, and what comes out is copied.
const struct = growing();
const dataIn = growing();
const dataOut = growing();
const contextIn = growing();
const contextOut = growing();

/**
 * Runs a program.
 *
 * @throws {BpfError} when the kernel refuses, or cannot run this kind
 * @throws {ValueError} when a number is out of range, or bytes are none
 */
export function testRun(handle: Runnable, options: TestRunOptions): TestRunResult {
  assertOptions<TestRunOptions>(options, "options", {
    data: true,
    context: true,
    repeat: true,
    flags: true,
    cpu: true,
    batchSize: true,
  });
  const data = options.data === undefined ? undefined : copyOf(options.data, "data");
  const context = options.context === undefined ? undefined : copyOf(options.context, "context");
  const repeat = count(options.repeat, "repeat", 0x7fff_ffff);
  const flags = count(options.flags, "flags", 0xffff_ffff);
  const cpu = count(options.cpu, "cpu", 0xffff_ffff);
  const batchSize = count(options.batchSize, "batchSize", 0xffff_ffff);
  const { fd } = handle;

  const memory = struct(SIZE);
  const { view } = memory;
  memory.bytes.fill(0);
  view.setBigUint64(AT.sz, BigInt(SIZE), true);
  view.setUint32(AT.repeat, repeat, true);
  view.setUint32(AT.flags, flags, true);
  view.setUint32(AT.cpu, cpu, true);
  view.setUint32(AT.batch_size, batchSize, true);
  if (data !== undefined) {
    give(memory, AT.data_in, AT.data_size_in, dataIn, data);
    take(memory, AT.data_out, AT.data_size_out, dataOut, data.length + GROWTH);
  }
  if (context !== undefined) give(memory, AT.ctx_in, AT.ctx_size_in, contextIn, context);
  // Most kinds without a packet write the context back to where it came from, or not at all, and refuse a second place.
  const apart = context !== undefined && (data !== undefined || handle.type === "sk_lookup");
  if (apart) take(memory, AT.ctx_out, AT.ctx_size_out, contextOut, context.length);

  const result = libbpf.bpf_prog_test_run_opts(fd, memory.address);
  if (result < 0) throw runError(handle, -result, data?.length ?? 0);
  const after = apart ? contextOut(0).bytes.slice(0, view.getUint32(AT.ctx_size_out, true)) : undefined;
  return {
    retval: view.getInt32(AT.retval, true),
    duration: view.getUint32(AT.duration, true),
    data: dataOut(0).bytes.slice(0, view.getUint32(AT.data_size_out, true)),
    context: after ?? contextIn(0).bytes.slice(0, context?.length ?? 0),
  };
}

/** Memory that grows to the size that is asked for; zero means as it is. */
function growing(): (size: number) => Memory {
  let memory: Memory | undefined;
  return (size) => {
    if (memory === undefined || memory.bytes.length < size) memory = allocate(size);
    return memory;
  };
}

function give(
  target: Memory,
  pointerAt: number,
  sizeAt: number,
  place: (size: number) => Memory,
  bytes: Uint8Array,
): void {
  const memory = place(bytes.length);
  memory.bytes.set(bytes);
  setPointer(target, pointerAt, memory.address);
  target.view.setUint32(sizeAt, bytes.length, true);
}

function take(
  target: Memory,
  pointerAt: number,
  sizeAt: number,
  place: (size: number) => Memory,
  size: number,
): void {
  setPointer(target, pointerAt, place(size).address);
  target.view.setUint32(sizeAt, size, true);
}

/** A packet has an Ethernet header at least (bpf_test_init, net/bpf/test_run.c). */
const ETH_HLEN = 14;
const PACKETS: ReadonlySet<ProgramType | "unknown"> = new Set([
  "socket_filter",
  "sched_cls",
  "sched_act",
  "xdp",
  "cgroup_skb",
  "lwt_in",
  "lwt_out",
  "lwt_xmit",
  "lwt_seg6local",
  "flow_dissector",
]);

function runError(program: Runnable, errno: number, size: number): BpfError {
  return new BpfError({ operation: `run ${program.title}`, errno, hint: runHint(program, errno, size) });
}

function runHint({ type }: Runnable, errno: number, size: number): string | undefined {
  if (!NOT_SUPPORTED.includes(errno)) return undefined;
  return errno === EINVAL && PACKETS.has(type) && size < ETH_HLEN
    ? `The packet, data, must be at least ${ETH_HLEN} bytes: an Ethernet header. It is ${size}`
    : "The kernel may not run this kind of program, or not with this input";
}

function count(value: number | undefined, name: string, max: number): number {
  if (value === undefined) return 0;
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new ValueError(`must be an integer from 0 to ${max}`, name);
}
