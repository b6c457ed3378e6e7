/** What every kind of program has. */
import { text } from "../arguments.ts";
import { showAs } from "../inspection.ts";
import { check } from "../log.ts";
import { libbpf } from "../native.ts";
import { pinHint } from "../pin-hint.ts";
import type { AttachHint, ProgramHandle, ProgramInfo } from "./handle.ts";
import { type LoadedProgramInfo, programInfo } from "./info.ts";
import type { ProgramType } from "./types.ts";

/** Base of the classes of programs. */
export abstract class BaseProgram implements ProgramInfo {
  readonly #handle: ProgramHandle;

  static {
    showAs(BaseProgram, (program) => program.#handle.facts);
  }

  constructor(handle: ProgramHandle) {
    this.#handle = handle;
  }

  get name(): string {
    return this.#handle.name;
  }
  get section(): string {
    return this.#handle.section;
  }
  get type(): ProgramType | "unknown" {
    return this.#handle.type;
  }

  /** Whether the program is in the kernel: not so when its autoload is off. */
  get loaded(): boolean {
    return this.#handle.loaded;
  }

  /**
   * The program's descriptor, valid until the skeleton is closed. Do not close it.
   *
   * @throws {ClosedError} once the skeleton is closed
   * @throws {TinyBpfError} when the program is not loaded
   */
  get fd(): number {
    return this.#handle.fd;
  }

  /**
   * What the kernel says of the program now: id, tag, sizes, maps, run time and count.
   *
   * @throws {ClosedError} once the skeleton is closed
   * @throws {BpfError} when the kernel refuses
   *
   * @example
   * ```ts
   * using stats = enableStats();
   * const { runCount, runTime } = trace.programs.on_exec.info;
   * ```
   */
  get info(): LoadedProgramInfo {
    return programInfo(this.fd, this.#handle.title);
  }

  /** Instructions as loaded: relocated, and with the subprograms they call. */
  get insnCount(): number {
    return libbpf.bpf_program__insn_cnt(this.#handle.pointer);
  }

  /** What the verifier said when it accepted the program; empty unless its log level was 1 or more. */
  get log(): string {
    return this.#handle.log;
  }

  /**
   * Pins the program to a file in a BPF file system, so that it stays loaded, though not attached.
   *
   * @throws {BpfError} when the kernel refuses
   */
  pin(path: string): void {
    const { pointer, title } = this.#handle;
    const file = text(path, "path");
    check(`pin ${title} to ${file}`, () => libbpf.bpf_program__pin(pointer, file), pinHint(file));
  }

  /**
   * Removes a pin of the program.
   *
   * @throws {BpfError} when there is none
   */
  unpin(path: string): void {
    const { pointer, title } = this.#handle;
    const file = text(path, "path");
    check(`unpin ${title} from ${file}`, () => libbpf.bpf_program__unpin(pointer, file));
  }
}

/** What generated code says about a program: which kinds it may be, and how to make the object that users see. */
export interface ProgramDescriptor<P> {
  /** The kinds it may be; empty for any. */
  readonly types: readonly ProgramType[];
  /** What to do when it cannot be attached. */
  readonly hint?: AttachHint;
  create(handle: ProgramHandle): P;
}
