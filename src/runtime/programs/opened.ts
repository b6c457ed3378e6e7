/** Programs that are loaded already: pinned, or known by their id. */
import { assertOptions, oneOf, text } from "../arguments.ts";
import { capabilitiesFor, permissionHint } from "../capabilities.ts";
import { u32 } from "../codec/check.ts";
import { EPERM } from "../errno.ts";
import { BpfError, SkeletonError, ValueError } from "../errors.ts";
import { showAs } from "../inspection.ts";
import { anchorOf, type Position } from "../links/anchor.ts";
import { type AttachType, attachTypeNumber, attachTypes } from "../links/attach-types.ts";
import { descriptorLink } from "../links/backend.ts";
import { createLink } from "../links/create.ts";
import { Link } from "../links/link.ts";
import { check, withLog } from "../log.ts";
import { descriptorPins, type MapPins } from "../maps/pins.ts";
import { libbpf, libc } from "../native.ts";
import { onlyOf } from "../own-descriptor.ts";
import { Owner } from "../owner.ts";
import { byIdHint, openPinHint } from "../pin-hint.ts";
import { atThreadExit } from "../thread-exit.ts";
import { cgroupHint } from "./cgroup.ts";
import { withDescriptor } from "./descriptor.ts";
import { type LoadedProgramInfo, programInfo } from "./info.ts";
import { interfaceIndex } from "./net-interface.ts";
import { skLookup } from "./netns.ts";
import { testRun, type TestRunOptions, type TestRunResult } from "./test-run.ts";
import type { ProgramType } from "./types.ts";
import { modeFlags, xdp, type XdpMode } from "./xdp.ts";

/**
 * Opens a program that is pinned to a file in a BPF file system. Closing it leaves it pinned.
 *
 * @throws {SkeletonError} when something else is pinned there
 * @throws {BpfError} when there is no such file, or it is no pin
 *
 * @example
 * ```ts
 * using firewall = openPinnedProgram("/sys/fs/bpf/firewall");
 * console.log(firewall.name, firewall.testRun({ data: packet }).retval);
 * link.update(firewall);
 * ```
 */
export function openPinnedProgram(path: string): OpenedProgram {
  const file = text(path, "path");
  const fd = check(
    `open pinned program ${file}`,
    () => libbpf.bpf_obj_get(file),
    (errno) => openPinHint(errno, file, "program"),
  );
  onlyOf("program", fd, () => new SkeletonError(`what is pinned at ${file} is no program`));
  return openDescriptor(fd, file);
}

/**
 * Opens a program by its id, as `bpftool prog`, `link.info.programId` and program arrays give it. Needs CAP_SYS_ADMIN.
 *
 * @throws {BpfError} when there is no such program
 */
export function openProgramById(id: number): OpenedProgram {
  const number = u32(id, "id");
  return openDescriptor(
    check(`open program ${number}`, () => libbpf.bpf_prog_get_fd_by_id(number), byIdHint),
    undefined,
  );
}

function openDescriptor(fd: number, pinned: string | undefined): OpenedProgram {
  try {
    return new OpenedProgram(fd, pinned);
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** What an opened program is attached to: an interface, a cgroup, or a network namespace. */
export type OpenedProgramTarget = Position & {
  /**
   * Where it goes there, as in `tcx_ingress` or `cgroup_inet4_connect`: what the program was loaded for, which the kernel does
   * not tell. By default, where there is only one.
   */
  readonly attachType?: AttachType;
} & (
    | {
        /** The name or index of an interface, for XDP, tcx and netkit. */
        readonly netInterface: string | number;
        /** For XDP. */
        readonly mode?: XdpMode;
      }
    | {
        /** A folder of the cgroup v2 file system, or a descriptor of it. */
        readonly cgroup: string | number;
      }
    | {
        /** The file of a network namespace, as in `/run/netns/blue`, or a descriptor of it. */
        readonly netns: string | number;
      }
  );

/** Kinds of programs that can be attached in one way. */
const ATTACH_TYPES: Partial<Record<ProgramType | "unknown", AttachType>> = {
  xdp: "xdp",
  sk_lookup: "sk_lookup",
  flow_dissector: "flow_dissector",
  sock_ops: "cgroup_sock_ops",
  cgroup_device: "cgroup_device",
  cgroup_sysctl: "cgroup_sysctl",
};

/**
 * A program that was loaded elsewhere. It goes wherever a program goes: into program arrays, `link.update`, `before` and
 * `after`, and `attachTarget`. It owns the links that it makes.
 */
export class OpenedProgram implements Disposable {
  /** The kernel's name for it: the C function's, cut after 15 bytes. */
  readonly name: string;
  readonly type: ProgramType | "unknown";
  /** The kernel's number for it. */
  readonly id: number;
  readonly #fd: number;
  readonly #owner: Owner;
  readonly #pins: MapPins;
  readonly #unwatchThread: () => void;

  static {
    showAs(OpenedProgram, ({ name, type, id, closed }) => ({ name, type, id, ...(closed && { closed }) }));
  }

  /** @internal */
  constructor(fd: number, pinned: string | undefined) {
    const { id, name, type } = programInfo(fd, "program");
    this.id = id;
    this.name = name;
    this.type = type;
    this.#fd = fd;
    this.#owner = new Owner(this.title);
    this.#pins = descriptorPins(() => this.fd, pinned);
    this.#owner.own({ close: () => void libc.close(fd) });
    this.#unwatchThread = atThreadExit(() => this.#owner.close());
  }

  /** @internal */
  get title(): string {
    return `program ${this.name === "" ? this.id : this.name}`;
  }

  get closed(): boolean {
    return this.#owner.closed;
  }

  /**
   * Its descriptor. Do not close it.
   *
   * @throws {ClosedError} once closed
   */
  get fd(): number {
    this.#owner.assertOpen();
    return this.#fd;
  }

  /**
   * What the kernel says of it now.
   *
   * @throws {ClosedError} once closed
   */
  get info(): LoadedProgramInfo {
    return programInfo(this.fd, this.title);
  }

  /** The links that it made and that are open. */
  get links(): readonly Link[] {
    return this.#owner.owned.filter((thing) => thing instanceof Link);
  }

  /**
   * Attaches it, where a descriptor is all that takes: XDP, tcx, netkit, programs of cgroups and network namespaces. What else
   * there is, tracing above all, only the object that a program was loaded from can attach.
   *
   * @throws {BpfError} when the kernel refuses, as with `EINVAL` what the program was not loaded for
   * @throws {ValueError} when it does not say to what, or in which of several ways
   * @throws {ClosedError} once closed
   *
   * @example
   * ```ts
   * using link = firewall.attach({ netInterface: "eth0", attachType: "tcx_ingress" });
   * ```
   */
  attach(target: OpenedProgramTarget): Link {
    const { fd } = this;
    assertTarget(target);
    const attachType = attachTypeOf(target.attachType ?? ATTACH_TYPES[this.type]);
    const anchor = anchorOf(target);
    const attach = (to: number, title: string, flags = 0): Link =>
      this.#attach(title, () =>
        createLink(fd, to, attachTypeNumber(attachType), {
          flags,
          anchorsSince: "cgroup" in target ? "1.6" : "1.3",
          ...(anchor && { anchor }),
        }),
      );
    if ("netInterface" in target) {
      const flags = target.mode === undefined ? 0 : modeFlags(target.mode);
      return attach(interfaceIndex(target.netInterface), `interface ${target.netInterface}`, flags);
    }
    return "cgroup" in target
      ? withDescriptor(target.cgroup, "cgroup", true, cgroupHint, attach)
      : withDescriptor(target.netns, "network namespace", false, () => undefined, attach);
  }

  #attach(to: string, create: () => number): Link {
    return withLog((log) => {
      const link = create();
      if (link >= 0) return new Link(this.#owner, `${this.name} to ${to}`, descriptorLink(link));
      const operation = `attach ${this.title} to ${to}`;
      throw new BpfError({ operation, errno: -link, log: log(), hint: this.#hint(-link) });
    });
  }

  #hint(errno: number): string | undefined {
    if (errno === EPERM) return permissionHint(capabilitiesFor(this.type));
    const program = { name: this.name, section: "", type: this.type };
    if (this.type === "xdp") return xdp.hint?.(errno, "", program);
    if (this.type === "sk_lookup" || this.type === "flow_dissector")
      return skLookup.hint?.(errno, "", program);
    return this.type.startsWith("cgroup") ? cgroupHint(errno) : undefined;
  }

  /**
   * Runs it on given input, if the kernel can run its kind.
   *
   * @throws {BpfError} with code `ENOTSUPP` or `EINVAL` when it cannot
   * @throws {ClosedError} once closed
   */
  testRun(options: TestRunOptions): TestRunResult {
    return testRun(this, options);
  }

  /**
   * Pins it to a file in a BPF file system.
   *
   * @throws {BpfError} when the kernel refuses
   */
  pin(path: string): void {
    this.#pins.pin(path, this.title);
  }

  /**
   * Removes a pin; by default the one that it was opened by or pinned to last.
   *
   * @throws {BpfError} when there is none
   */
  unpin(path?: string): void {
    this.#owner.assertOpen();
    this.#pins.unpin(path, this.title);
  }

  /** Closes it, and the links that it made, unless they are pinned. Closing twice is fine. */
  close(): void {
    this.#owner.close();
    this.#unwatchThread();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function assertTarget(target: OpenedProgramTarget): void {
  assertOptions<{
    netInterface?: unknown;
    cgroup?: unknown;
    netns?: unknown;
    attachType?: unknown;
    mode?: unknown;
    before?: unknown;
    after?: unknown;
  }>(target, "target", {
    netInterface: true,
    cgroup: true,
    netns: true,
    attachType: true,
    mode: true,
    before: true,
    after: true,
  });
  const places = ["netInterface", "cgroup", "netns"].filter((one) => one in target);
  if (places.length !== 1) throw new ValueError("must have one of netInterface, cgroup, netns", "target");
  if ("mode" in target && !("netInterface" in target)) throw new ValueError("goes with netInterface", "mode");
}

function attachTypeOf(type: AttachType | undefined): AttachType {
  if (type !== undefined) return oneOf(type, attachTypes, "attachType");
  throw new ValueError('is missing: what the program was loaded for, as in "tcx_ingress"', "attachType");
}
