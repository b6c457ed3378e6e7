/** The calls that attach a program, each to what cannot be unless it is said otherwise. They return a link, or a negative error number. */
import { bpf } from "../bpf-call.ts";
import { withArguments } from "../c-arguments.ts";
import { allocate, type Memory, setPointer } from "../native.ts";

const NO_FD = 0xffff_ffff;

// union bpf_attr, BPF_LINK_CREATE
const LINK = { program: 0, target: 4, type: 8, flags: 12, more: 16 } as const;
const LINK_SIZE = 64;

function linkAttributes(program: number, type: number, target: number, flags = 0): Memory {
  const attributes = allocate(LINK_SIZE);
  attributes.view.setUint32(LINK.program, program, true);
  attributes.view.setUint32(LINK.target, target, true);
  attributes.view.setUint32(LINK.type, type, true);
  attributes.view.setUint32(LINK.flags, flags, true);
  return attributes;
}

/** To an interface, or to what a descriptor stands for. */
export function createLink(program: number, type: number, target: number = NO_FD, flags = 0): number {
  return bpf("BPF_LINK_CREATE", linkAttributes(program, type, target, flags));
}

/**
 * To functions whose addresses lie where no process has memory. (A name that the kernel does not have is `EINVAL` in 5.18,
 * like much else, and `ESRCH` later: bpf_kprobe_multi_link_attach.)
 */
export function kprobeMulti(program: number, type: number): number {
  const attributes = linkAttributes(program, type, 0);
  attributes.view.setUint32(LINK.more + 4, 1, true); // kprobe_multi.cnt
  attributes.view.setBigUint64(LINK.more + 16, 1n, true); // .addrs
  return bpf("BPF_LINK_CREATE", attributes);
}

/** A binary that is a folder (bpf_uprobe_multi_link_attach). */
export function uprobeMulti(program: number, type: number): number {
  const attributes = linkAttributes(program, type, 0);
  return withArguments((c) => {
    setPointer(attributes, LINK.more, c.string("/")); // uprobe_multi.path
    setPointer(attributes, LINK.more + 8, c.u64s([0n])); // .offsets
    attributes.view.setUint32(LINK.more + 32, 1, true); // .cnt
    return bpf("BPF_LINK_CREATE", attributes);
  });
}

/** Without a name: where the program says. */
export function openRawTracepoint(program: number, name?: string): number {
  const attributes = allocate(16);
  attributes.view.setUint32(8, program, true);
  return withArguments((c) => {
    setPointer(attributes, 0, name === undefined ? null : c.string(name));
    return bpf("BPF_RAW_TRACEPOINT_OPEN", attributes);
  });
}

/** Without a link, to what a descriptor stands for. */
export function attachProgram(program: number, type: number): number {
  const attributes = allocate(16);
  attributes.view.setUint32(0, NO_FD, true);
  attributes.view.setUint32(4, program, true);
  attributes.view.setUint32(8, type, true);
  return bpf("BPF_PROG_ATTACH", attributes);
}
