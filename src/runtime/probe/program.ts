/** Programs of two or three instructions, to see what the kernel takes. They are never run. */
import { bpf } from "../bpf-call.ts";
import { type CArguments, withArguments } from "../c-arguments.ts";
import { attachTypeNumber } from "../links/attach-types.ts";
import { cString } from "../object-info.ts";
import { allocate, libc, type Memory, setPointer } from "../native.ts";
import { type ProgramType, programTypeNumber } from "../programs/types.ts";

/** What a program is loaded for. */
export interface ProbeProgram {
  readonly type: ProgramType;
  /** As in `enum bpf_attach_type`; by default what any program of the type may be. */
  readonly expected?: number;
  /** What it is verified for: a function or type of the kernel's. */
  readonly btfId?: number;
  /** A helper that it calls first, whatever is in its arguments. */
  readonly helper?: number;
}

// include/uapi/linux/bpf.h: struct bpf_insn and the codes of its instructions
const CALL = 0x85;
const MOV64_IMM = 0xb7;
const EXIT = 0x95;
const INSN_SIZE = 8;
const XDP_PASS = 2;

// union bpf_attr, BPF_PROG_LOAD
const LOAD = {
  type: 0,
  insnCount: 4,
  insns: 8,
  license: 16,
  logLevel: 24,
  logSize: 28,
  logBuffer: 32,
  flags: 44,
  expected: 68,
  btfId: 108,
} as const;
const LOAD_SIZE = 120;
const LOG_SIZE = 4096;
const BPF_F_SLEEPABLE = 16;

/** A value that a program of this type may return whatever it is attached to (check_return_code, verifier.c). */
function returnValue(type: ProgramType): number {
  if (type === "xdp") return XDP_PASS;
  return type.startsWith("cgroup") || type === "sk_lookup" || type === "netfilter" ? 1 : 0;
}

function instructions(c: CArguments, program: ProbeProgram): Memory {
  const list: [code: number, value: number][] = [
    [MOV64_IMM, returnValue(program.type)],
    [EXIT, 0],
  ];
  if (program.helper !== undefined) list.unshift([CALL, program.helper]);
  const memory = c.memory(list.length * INSN_SIZE);
  for (const [index, [code, value]] of list.entries()) {
    memory.view.setUint8(index * INSN_SIZE, code);
    memory.view.setInt32(index * INSN_SIZE + 4, value, true);
  }
  return memory;
}

/** What programs of some types must be loaded for (bpf_prog_load_check_attach, syscall.c). */
function expectedFor(type: ProgramType): number {
  switch (type) {
    case "cgroup_sock_addr":
      return attachTypeNumber("cgroup_inet4_connect");
    case "cgroup_sockopt":
      return attachTypeNumber("cgroup_getsockopt");
    case "sk_lookup":
    case "lirc_mode2":
    case "netfilter":
      return attachTypeNumber(type);
    default:
      return 0;
  }
}

/**
 * Loads a program, lets `use` have its descriptor, or the negative error number and what the verifier said, and unloads it.
 */
export function withProgram<T>(program: ProbeProgram, use: (fd: number, log: string) => T): T {
  const log = allocate(LOG_SIZE);
  const fd = load(program, log);
  try {
    return use(fd, cString(log.bytes));
  } finally {
    if (fd >= 0) libc.close(fd);
  }
}

function load(program: ProbeProgram, log: Memory): number {
  const attributes = allocate(LOAD_SIZE);
  const { view } = attributes;
  return withArguments((c) => {
    const insns = instructions(c, program);
    view.setUint32(LOAD.type, programTypeNumber(program.type), true);
    view.setUint32(LOAD.insnCount, insns.bytes.length / INSN_SIZE, true);
    setPointer(attributes, LOAD.insns, insns.address);
    setPointer(attributes, LOAD.license, c.string("GPL"));
    view.setUint32(LOAD.logLevel, 1, true);
    view.setUint32(LOAD.logSize, LOG_SIZE, true);
    setPointer(attributes, LOAD.logBuffer, log.address);
    // bpf_prog_load_check_attach: programs of this type must be sleepable.
    view.setUint32(LOAD.flags, program.type === "syscall" ? BPF_F_SLEEPABLE : 0, true);
    view.setUint32(LOAD.expected, program.expected ?? expectedFor(program.type), true);
    view.setUint32(LOAD.btfId, program.btfId ?? 0, true);
    return bpf("BPF_PROG_LOAD", attributes);
  });
}
