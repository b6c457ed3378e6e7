/** A program before its object is loaded. */
import { assertObject, assertOptions, flag, text } from "./arguments.ts";
import type { BpfProgramPointer } from "./c.ts";
import { show, u32 } from "./codec/check.ts";
import { ENOENT, ESRCH } from "./errno.ts";
import { ValueError } from "./errors.ts";
import { showAs } from "./inspection.ts";
import { missingTarget } from "./kernel-names.ts";
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
  /** How much the verifier logs: 0 only when it rejects the program, 1 the instructions, 2 more; and 4 added for statistics. */
  readonly logLevel?: number;
  /**
   * What a program is verified for, in the place of what its section says: for fentry, fexit, fmod_ret, freplace, LSM, BTF
   * tracepoints and iterators. A name alone is one of the kernel's.
   */
  readonly attachTarget?: string | AttachTarget;
}

/** A function of another program. */
export interface AttachTarget {
  /** The program, loaded and with BTF. */
  readonly program: { readonly fd: number };
  /** The name of the function in it, which may be the program itself. */
  readonly function: string;
}

/** A program of an opened object. Everything throws a `ClosedError` once the object is loaded or closed. */
export class OpenProgram {
  readonly #state: Owner;
  readonly #program: BpfProgramPointer;
  #attachTarget: string | AttachTarget | undefined;
  /** The C function's name. */
  readonly name: string;
  /** The ELF section, as in `tracepoint/sched/sched_process_exec`. */
  readonly section: string;

  static {
    showAs(OpenProgram, (program) => {
      const { name, section } = program;
      if (program.#state.closed) return { name, section, closed: true };
      const { type, autoload, autoAttach, logLevel } = program;
      return { name, section, type, autoload, autoAttach, logLevel };
    });
  }

  /** @internal */
  constructor(state: Owner, program: BpfProgramPointer) {
    this.#state = state;
    this.#program = program;
    this.name = libbpf.bpf_program__name(program);
    this.section = libbpf.bpf_program__section_name(program);
    // As OpenMap.
    Object.preventExtensions(this);
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
    const level = logLevelOf(value);
    check(`set logLevel of program ${this.name}`, () => libbpf.bpf_program__set_log_level(program, level));
  }

  /** What `attachTarget` was set to; undefined when its section says it. */
  get attachTarget(): string | AttachTarget | undefined {
    this.#open();
    return this.#attachTarget;
  }
  set attachTarget(value: string | AttachTarget) {
    this.#open();
    const [fd, name] = typeof value === "string" ? [0, text(value, "attachTarget")] : targetOf(value);
    // Only now: a getter of the caller's may have closed it.
    const program = this.#open();
    check(
      `set attachTarget of program ${this.name} to ${name}`,
      () => libbpf.bpf_program__set_attach_target(program, fd, name),
      (errno) => (errno === ENOENT || errno === ESRCH ? missingTarget(this.section, name) : undefined),
    );
    this.#attachTarget = value;
  }

  #open(): BpfProgramPointer {
    this.#state.assertOpen(`program ${this.name} of ${this.#state.title}`);
    return this.#program;
  }
}

/** Levels 1 and 2, and statistics: what libbpf takes (bpf_prog_load, bpf.c). */
function logLevelOf(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 7) return value;
  throw new ValueError(`${show(value)} is none: 0, 1 or 2, and 4 more for statistics`, "logLevel");
}

function targetOf(target: AttachTarget): [fd: number, name: string] {
  assertOptions<AttachTarget>(target, "attachTarget", { program: true, function: true });
  assertObject(target.program, "attachTarget.program");
  return [u32(target.program.fd, "attachTarget.program.fd"), text(target.function, "attachTarget.function")];
}
