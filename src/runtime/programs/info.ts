/** What the kernel tells of a program: `struct bpf_prog_info` (include/uapi/linux/bpf.h). */
import { allocate, type Memory, recycle, setPointer } from "../native.ts";
import { cString, objectInfo } from "../object-info.ts";
import { readSystemFile } from "../system-file.ts";
import { type ProgramType, programTypeName } from "./types.ts";

/** What the kernel says of a loaded program. Numbers that the kernel is too old to tell are 0. */
export interface LoadedProgramInfo {
  readonly type: ProgramType | "unknown";
  /** The kernel's number for the program. */
  readonly id: number;
  /** As in C, cut after 15 bytes. Linux 4.15. */
  readonly name: string;
  /** Digest of its instructions: 16 hexadecimal digits. */
  readonly tag: string;
  /** Bytes of machine code; 0 without a JIT compiler. */
  readonly jitedSize: number;
  /** Bytes of instructions after the verifier's rewriting. */
  readonly translatedSize: number;
  /** When it was loaded, to a few milliseconds. */
  readonly loadedAt: Date;
  /** The user that loaded it. */
  readonly uid: number;
  readonly gplCompatible: boolean;
  /** The kernel's numbers for the maps that it uses. */
  readonly mapIds: readonly number[];
  /** The kernel's number for its BTF; 0 without. */
  readonly btfId: number;
  /** Nanoseconds that it has run, counted while {@link enableStats} is on. */
  readonly runTime: bigint;
  /** How often it has run, likewise. */
  readonly runCount: bigint;
  /** How often it did not run because it was running already. Linux 5.12. */
  readonly recursionMisses: bigint;
  /** Instructions that the verifier went through. Linux 5.16. */
  readonly verifiedInstructions: number;
}

/** Bytes of the struct, with room for what later kernels add. */
const SIZE = 256;
const AT = {
  type: 0,
  id: 4,
  tag: 8,
  jitedSize: 16,
  translatedSize: 20,
  loadTime: 40,
  uid: 48,
  mapCount: 52,
  maps: 56,
  name: 64,
  flags: 84,
  btfId: 128,
  runTime: 192,
  runCount: 200,
  recursionMisses: 208,
  verifiedInstructions: 216,
} as const;
/** `struct bpf_prog_info` has MAX_USED_MAPS (include/linux/bpf.h) at most. */
const MAX_MAPS = 64;

/** @throws {BpfError} when the kernel refuses */
export function programInfo(fd: number, title: string): LoadedProgramInfo {
  const memory = allocate(SIZE);
  const maps = allocate(MAX_MAPS * 4);
  memory.view.setUint32(AT.mapCount, MAX_MAPS, true);
  setPointer(memory, AT.maps, maps.address);
  objectInfo(fd, memory, title);
  const info = read(memory, maps);
  recycle(memory);
  recycle(maps);
  return info;
}

function read({ view, bytes }: Memory, maps: Memory): LoadedProgramInfo {
  const word = (at: number): number => view.getUint32(at, true);
  const long = (at: number): bigint => view.getBigUint64(at, true);
  return {
    type: programTypeName(word(AT.type)),
    id: word(AT.id),
    name: cString(bytes.subarray(AT.name, AT.name + 16)),
    tag: Buffer.from(bytes.slice(AT.tag, AT.tag + 8)).toString("hex"),
    jitedSize: word(AT.jitedSize),
    translatedSize: word(AT.translatedSize),
    loadedAt: new Date(bootTime() + Number(long(AT.loadTime) / 1_000_000n)),
    uid: word(AT.uid),
    gplCompatible: (word(AT.flags) & 1) === 1,
    mapIds: Array.from({ length: Math.min(word(AT.mapCount), MAX_MAPS) }, (_, index) =>
      maps.view.getUint32(index * 4, true),
    ),
    btfId: word(AT.btfId),
    runTime: long(AT.runTime),
    runCount: long(AT.runCount),
    recursionMisses: long(AT.recursionMisses),
    verifiedInstructions: word(AT.verifiedInstructions),
  };
}

/** Milliseconds since 1970 at which the machine was started. The kernel counts load times from there. */
function bootTime(): number {
  return Date.now() - Number.parseFloat(readSystemFile("/proc/uptime")) * 1000;
}
