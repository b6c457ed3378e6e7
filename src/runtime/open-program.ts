/** A program before its object is loaded. */
import { flag } from "./arguments.ts";
import type { BpfProgramPointer } from "./c.ts";
import { u32 } from "./codec/check.ts";
import { check } from "./log.ts";
import { libbpf } from "./native.ts";
import type { Owner } from "./owner.ts";
import { type ProgramType, programTypeName } from "./programs/types.ts";

/** What can be configured of a program. */
export interface ProgramConfig {
  /** Whether `load` loads it; off at first for sections that start with `?`. */
  readonly autoload?: boolean;
  /** Whether the skeleton's `attach` attaches it. */
  readonly autoAttach?: boolean;
  /** How much the verifier logs: 0 only when it rejects the program, 1 the instructions, 2 more; 4 statistics. */
  readonly logLevel?: number;
}

/** A program of an opened object. Everything throws a `ClosedError` once the object is loaded or closed. */
export class OpenProgram implements ProgramConfig {
  readonly #state: Owner;
  readonly #program: BpfProgramPointer;
  /** The C function's name. */
  readonly name: string;
  /** The ELF section, as in `tracepoint/sched/sched_process_exec`. */
  readonly section: string;

  /** @internal */
  constructor(state: Owner, program: BpfProgramPointer) {
    this.#state = state;
    this.#program = program;
    this.name = libbpf.bpf_program__name(program);
    this.section = libbpf.bpf_program__section_name(program);
  }

  get type(): ProgramType | "unknown" {
    return programTypeName(libbpf.bpf_program__type(this.#open()));
  }

  get autoload(): boolean {
    return libbpf.bpf_program__autoload(this.#open());
  }
  set autoload(value: boolean) {
    const program = this.#open();
    const autoload = flag(value, "autoload");
    check(`set autoload of program ${this.name}`, () => libbpf.bpf_program__set_autoload(program, autoload));
  }

  get autoAttach(): boolean {
    return libbpf.bpf_program__autoattach(this.#open());
  }
  set autoAttach(value: boolean) {
    libbpf.bpf_program__set_autoattach(this.#open(), flag(value, "autoAttach"));
  }

  get logLevel(): number {
    return libbpf.bpf_program__log_level(this.#open());
  }
  set logLevel(value: number) {
    const program = this.#open();
    const level = u32(value, "logLevel");
    check(`set logLevel of program ${this.name}`, () => libbpf.bpf_program__set_log_level(program, level));
  }

  #open(): BpfProgramPointer {
    this.#state.assertOpen(`program ${this.name} of ${this.#state.title}`);
    return this.#program;
  }
}
