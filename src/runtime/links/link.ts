/** A program's attachment. */
import { text } from "../arguments.ts";
import { check } from "../log.ts";
import type { Owner } from "../owner.ts";
import { ENOENT } from "../errno.ts";
import { BpfError, ClosedError } from "../errors.ts";
import { pinHint } from "../pin-hint.ts";
import type { LinkBackend } from "./backend.ts";

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

  /** @internal */
  constructor(owner: Owner, title: string, backend: LinkBackend) {
    this.title = title;
    this.#owner = owner;
    this.#backend = backend;
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
   */
  get fd(): number {
    return this.#open().fd;
  }

  /** Where it is pinned; undefined when it is not. */
  get pinPath(): string | undefined {
    return this.#pinPath;
  }

  /** Detaches the program, also when the link is pinned: the pin is removed. Detaching twice is fine. */
  detach(): void {
    if (this.#pinPath !== undefined) this.#removePin();
    this.close();
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
    check(`pin link ${this.title} to ${file}`, () => backend.pin(file), pinHint);
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
    check(`unpin link ${this.title}`, () => backend.unpin());
    this.#pinPath = undefined;
  }

  #open(): LinkBackend {
    if (this.#backend === undefined) throw new ClosedError(`link ${this.title}`);
    return this.#backend;
  }
}
