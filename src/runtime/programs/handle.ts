/** A loaded program between the skeleton, which owns it, and the class of its kind. */
import type { BpfLinkPointer, BpfProgramPointer } from "../c.ts";
import { capabilitiesFor, missingCapabilities, permissionHint } from "../capabilities.ts";
import { EACCES, EOPNOTSUPP, EPERM } from "../errno.ts";
import { BpfError, TinyBpfError } from "../errors.ts";
import type { Facts } from "../inspection.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { descriptorLink, libbpfAttachment, libbpfLink, type LinkBackend } from "../links/backend.ts";
import { Link } from "../links/link.ts";
import { watchPerfEvents } from "../links/perf-event.ts";
import { withLog } from "../log.ts";
import { errno, libbpf } from "../native.ts";
import type { Owner } from "../owner.ts";
import { perfEventHint } from "../perf-permission.ts";
import { inactiveLsm } from "./security-modules.ts";
import { type ProgramType, programTypeName } from "./types.ts";
import { assertSpecLayout, isUsdt } from "./usdt-layout.ts";

/** A program as the object has it. */
export interface ProgramInfo {
  /** The C function's name. */
  readonly name: string;
  /** The ELF section, as in `tracepoint/sched/sched_process_exec`. */
  readonly section: string;
  /** `BPF_PROG_TYPE_*` in lower case, without the prefix; `unknown` for one newer than this package. */
  readonly type: ProgramType | "unknown";
}

/** Says what to do about a failed attachment, if it knows; of the program it may want the section. */
export type AttachHint = (errno: number, log: string, program: ProgramInfo) => string | undefined;

/** Makes a link of a special class. */
export type MakeLink<L extends Link> = (owner: Owner, title: string, backend: LinkBackend) => L;

/** How a program is attached where that is not plain. */
export interface Attaching<L extends Link> {
  /** What to do when it fails; without it, or when it does not know, the hint of the program's kind. */
  readonly hint?: AttachHint;
  readonly makeLink: MakeLink<L>;
}

const plainLink: MakeLink<Link> = (owner, title, backend) => new Link(owner, title, backend);

export class ProgramHandle implements ProgramInfo {
  /** What the skeleton calls it. */
  readonly member: string;
  readonly name: string;
  readonly section: string;
  readonly type: ProgramType | "unknown";
  readonly owner: Owner;
  /** What the verifier said when it accepted the program: with a log level of 1 or more, else empty. */
  readonly log: string;
  readonly #program: BpfProgramPointer;
  readonly #hint: AttachHint;

  constructor(
    owner: Owner,
    program: BpfProgramPointer,
    member: string,
    log: string,
    hint: AttachHint = () => undefined,
  ) {
    this.member = member;
    this.#hint = hint;
    this.owner = owner;
    this.log = log;
    this.#program = program;
    this.name = libbpf.bpf_program__name(program);
    this.section = libbpf.bpf_program__section_name(program);
    this.type = programTypeName(libbpf.bpf_program__type(program));
  }

  /** How errors call it. */
  get title(): string {
    return `program ${this.name}`;
  }

  /** For `console.log`. */
  get facts(): Facts {
    const { name, section, type } = this;
    const fd = this.owner.closed ? -1 : libbpf.bpf_program__fd(this.#program);
    const state = this.owner.closed ? { closed: true } : fd < 0 ? { loaded: false } : { fd };
    return { name, section, type, ...state };
  }

  /** @throws {ClosedError} once the skeleton is closed */
  assertOpen(): void {
    this.owner.assertOpen(this.title);
  }

  /**
   * libbpf's program.
   *
   * @throws {ClosedError} once the skeleton is closed
   */
  get pointer(): BpfProgramPointer {
    this.assertOpen();
    return this.#program;
  }

  /** Whether the program is in the kernel: not so when its autoload is off. */
  get loaded(): boolean {
    return libbpf.bpf_program__fd(this.pointer) >= 0;
  }

  /** Whether the skeleton's `attach` is to attach it. */
  get autoAttach(): boolean {
    return libbpf.bpf_program__autoattach(this.pointer);
  }

  /**
   * The program's descriptor, owned by libbpf.
   *
   * @throws {ClosedError} once the skeleton is closed
   * @throws {TinyBpfError} when the program was not loaded
   */
  get fd(): number {
    this.#assertLoaded();
    return libbpf.bpf_program__fd(this.pointer);
  }

  /** `BPF_*` of enum bpf_attach_type that it was loaded for; 0 also for kinds that have none. */
  get expectedAttachType(): number {
    return libbpf.bpf_program__expected_attach_type(this.pointer);
  }

  /** Attaches with a function of libbpf's that returns a link, or NULL and sets `errno`. */
  attach(to: string, attach: (program: BpfProgramPointer) => BpfLinkPointer | null, hint?: AttachHint): Link {
    return this.attachAs(to, attach, { makeLink: plainLink, ...(hint && { hint }) });
  }

  /** Like {@link attach}, for a link of a special class. */
  attachAs<L extends Link>(
    to: string,
    attach: (program: BpfProgramPointer) => BpfLinkPointer | null,
    how: Attaching<L>,
  ): L {
    this.#assertLoaded();
    this.#assertRuns(to);
    const program = this.pointer;
    const usdt = isUsdt(this.section);
    if (usdt) assertSpecLayout(this.fd, this.title);
    return withLog((log) => {
      const perfEvent = watchPerfEvents(this.type);
      const link = attach(program);
      if (link === null) throw this.#failure(to, errno(), log(), how.hint);
      const backend = usdt ? libbpfAttachment(link) : libbpfLink(link, perfEvent());
      return how.makeLink(this.owner, `${this.name} to ${to}`, backend);
    });
  }

  /**
   * Attaches as the program's section says.
   *
   * @param instead - what to call where it does not say where, as in `attach("do_unlinkat")`
   * @throws {BpfError} with code `EOPNOTSUPP` and no log when it does not say where, or libbpf cannot attach this kind
   */
  attachBySection(instead?: string): Link {
    return this.attach(
      this.section,
      (program) => libbpf.bpf_program__attach(program),
      (code, log) => (isUnattachable(code, log) ? noTarget(instead) : undefined),
    );
  }

  /** Attaches with a function that returns a link's descriptor, or a negative error number. */
  attachDescriptor(to: string, attach: (fd: number) => number, hint?: AttachHint): Link {
    return this.attachWith(to, attach, descriptorLink, hint);
  }

  /**
   * Attaches with a function that returns a negative error number, or what the backend of the link is made from.
   */
  attachWith(
    to: string,
    attach: (fd: number) => number,
    backend: (result: number) => LinkBackend,
    hint?: AttachHint,
  ): Link {
    const { fd } = this;
    this.#assertRuns(to);
    return withLog((log) => {
      const result = attach(fd);
      if (result < 0) throw this.#failure(to, -result, log(), hint);
      return plainLink(this.owner, `${this.name} to ${to}`, backend(result));
    });
  }

  #failure(to: string, code: number, log: string, hint?: AttachHint): BpfError {
    const advice =
      cookieHint(log) ?? hint?.(code, log, this) ?? this.#hint(code, log, this) ?? this.#permissionHint(code);
    return new BpfError({ operation: `attach ${this.title} to ${to}`, errno: code, log, hint: advice });
  }

  #permissionHint(code: number): string | undefined {
    const needed = capabilitiesFor(this.type);
    const events = THROUGH_EVENTS.has(this.type) ? perfEventHint(code) : undefined;
    if (events !== undefined) return events;
    if (code === EPERM || (code === EACCES && missingCapabilities(needed) !== ""))
      return permissionHint(needed);
    return undefined;
  }

  /** Refuses what the kernel would attach, and never run. */
  #assertRuns(to: string): void {
    const log = this.type === "lsm" ? inactiveLsm() : undefined;
    if (log !== undefined)
      throw new BpfError({ operation: `attach ${this.title} to ${to}`, errno: EOPNOTSUPP, log });
  }

  #assertLoaded(): void {
    if (this.loaded) return;
    throw new TinyBpfError(
      `${this.title} is not loaded, because its autoload is off: ` +
        `give load() { programs: { ${this.member}: { autoload: true } } }`,
    );
  }
}

/** Types of programs that are attached to perf events. */
const THROUGH_EVENTS: ReadonlySet<string> = new Set(["kprobe", "tracepoint", "perf_event"]);

function noTarget(instead: string | undefined): string {
  return instead === undefined
    ? "Its section does not say where to attach it, or libbpf does not know how: use what its class offers, or its fd"
    : `Its section does not say where to attach it: say it, as in ${instead}`;
}

/** What libbpf calls a cookie, without saying what it takes (bpf_program__attach_perf_event_opts). */
function cookieHint(log: string): string | undefined {
  return log.includes("user context value is not supported")
    ? missingFromKernel("A cookie", [], "5.15")
    : undefined;
}

/** Whether `bpf_program__attach` had nothing to go by: only then it says nothing (libbpf.c). */
export function isUnattachable(code: number, log: string): boolean {
  return code === EOPNOTSUPP && log === "";
}
