/** A program's attachment. */
import { assertObject, text } from "../arguments.ts";
import { u32 } from "../codec/check.ts";
import { showAs } from "../inspection.ts";
import { check } from "../log.ts";
import type { Owner } from "../owner.ts";
import { EINVAL, ENOENT, EOPNOTSUPP, EPERM } from "../errno.ts";
import { BpfError, ClosedError, TinyBpfError } from "../errors.ts";
import { pinHint } from "../pin-hint.ts";
import type { LinkBackend } from "./backend.ts";
import { type LinkInfo, linkInfo } from "./info.ts";

/** Kinds of links without it, and kernels without the command (link_detach, kernel/bpf/syscall.c). */
const NO_DETACH: ReadonlySet<number> = new Set([EOPNOTSUPP, EINVAL]);

/**
 * The attachment of one program to one place. The skeleton owns it and detaches it when it closes; nothing else does,
 * garbage collection least of all.
 *
 * @example
 * ```ts
 * {
 *   using link = trace.programs.drop_all.attach("eth0");
 *   // packets are dropped
 * } // not any more
 * ```
 */
export class Link {
  /** What is attached where, as in `drop_all to eth0`. */
  readonly title: string;
  readonly #owner: Owner;
  #backend: LinkBackend | undefined;
  #pinPath: string | undefined;

  static {
    showAs(Link, (link) => ({
      title: link.title,
      ...(link.#backend === undefined ? { closed: true } : { fd: link.#backend.fd }),
      pinPath: link.#pinPath,
    }));
  }

  /** @internal */
  constructor(owner: Owner, title: string, backend: LinkBackend, pinPath?: string) {
    this.title = title;
    this.#owner = owner;
    this.#backend = backend;
    this.#pinPath = pinPath;
    owner.own(this);
  }

  /** Whether it was detached, or its skeleton closed. */
  get closed(): boolean {
    return this.#backend === undefined;
  }

  /**
   * The link's descriptor. Do not close it.
   *
   * @throws {ClosedError} once closed
   * @throws {TinyBpfError} when the kernel has no link for this kind of attachment, or one for each CPU
   */
  get fd(): number {
    const { fd } = this.#open();
    if (fd !== undefined) return fd;
    throw new TinyBpfError(
      `${this.title} is no single link of the kernel's: it has no descriptor, info, pin or update`,
    );
  }

  /**
   * What the kernel says of the link: its id, its kind, its program, and what it is attached to.
   *
   * @throws {ClosedError} once closed
   * @throws {BpfError} when the kernel refuses; it answers since Linux 5.8
   *
   * @example
   * ```ts
   * const info = link.info;
   * if (info.type === "xdp") console.log(info.ifindex);
   * ```
   */
  get info(): LinkInfo {
    return linkInfo(this.fd, `link ${this.title}`);
  }

  /**
   * Puts another program in the place of the attached one, in one step: nothing passes in between. The kernel can do
   * that with XDP, tcx, netkit, cgroup, netns and struct_ops links, and with iterators.
   *
   * @param program - of the same kind, loaded; it must stay loaded as long as others than the kernel need it. For a link of
   *   a struct_ops map another such map, of the same name to the kernel
   * @param expected - the program that must be attached now, else nothing happens
   * @throws {BpfError} when the kernel cannot update this kind of link, or another program is attached (`EPERM`, `ESTALE`)
   * @throws {ClosedError} once closed
   */
  update(program: { readonly fd: number }, expected?: { readonly fd: number }): void {
    this.#open();
    assertObject(program, "program");
    if (expected !== undefined) assertObject(expected, "expected");
    const next = u32(program.fd, "program.fd");
    const present = expected === undefined ? undefined : u32(expected.fd, "expected.fd");
    // Only now: a getter of the caller's may have closed it.
    const backend = this.#open();
    check(`update link ${this.title}`, () => backend.update(next, present), updateHint);
  }

  /** Where it is pinned; undefined when it is not. */
  get pinPath(): string | undefined {
    return this.#pinPath;
  }

  /**
   * Detaches the program, also when the link is pinned: the pin is removed. XDP, tcx, netkit, cgroup and netns links are
   * then detached for everybody, on Linux 5.9 and newer. Others, of tracing for instance, stay attached for as long as
   * another process has them open, and on kernels before 6.18 may run for a moment more after their pin is removed.
   * Detaching twice is fine.
   *
   * @throws {BpfError} when the pin cannot be removed; the program is still attached then
   */
  detach(): void {
    if (this.#pinPath !== undefined) this.#removePin();
    // Not left to the last descriptor: others may have one, and kernels before 6.18 let go of a removed pin later (bpf_free_inode,
    // kernel/bpf/inode.c), until when nobody else could be attached.
    const result = this.#backend?.detach() ?? 0;
    this.close();
    if (result < 0 && !NO_DETACH.has(-result))
      throw new BpfError({ operation: `detach link ${this.title}`, errno: -result });
  }

  #removePin(): void {
    try {
      this.unpin();
    } catch (error) {
      // Somebody else removed it.
      if (!(error instanceof BpfError && error.errno === ENOENT)) throw error;
      this.#pinPath = undefined;
    }
  }

  /**
   * Lets go of the link. That detaches the program unless the link is pinned: then the pin keeps it attached.
   * Closing twice is fine.
   */
  close(): void {
    const backend = this.#backend;
    if (backend === undefined) return;
    this.#backend = undefined;
    this.#owner.disown(this);
    if (this.#pinPath === undefined) backend.destroy();
    else backend.abandon();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Pins the link to a file in a BPF file system: the program stays attached after the skeleton closes and the process
   * ends, until the file is removed.
   *
   * @throws {BpfError} when the kernel refuses: no BPF file system there, or a kind of link that it cannot pin
   * @throws {ClosedError} once closed
   */
  pin(path: string): void {
    const backend = this.#open();
    const file = text(path, "path");
    check(`pin link ${this.title} to ${file}`, () => backend.pin(file), pinHint(file));
    this.#pinPath = file;
  }

  /**
   * Removes the pin; the program stays attached until the link is closed.
   *
   * @throws {BpfError} when it is not pinned, or the file is gone
   * @throws {ClosedError} once closed
   */
  unpin(): void {
    const backend = this.#open();
    check(`unpin link ${this.title}`, () => backend.unpin(), unpinHint);
    this.#pinPath = undefined;
  }

  #open(): LinkBackend {
    if (this.#backend === undefined) throw new ClosedError(`link ${this.title}`);
    return this.#backend;
  }
}

function unpinHint(errno: number): string | undefined {
  // bpf_link__unpin
  if (errno === EINVAL) return "It is not pinned";
  return errno === ENOENT ? "Somebody else removed the file" : undefined;
}

function updateHint(errno: number): string | undefined {
  if (errno === EINVAL || errno === EOPNOTSUPP)
    return "The kernel may not update this kind of link, or not with a program of that kind: close it, and attach the other";
  return errno === EPERM ? "Another program is attached than the expected one" : undefined;
}
