/** The link of an iterator: something to read from. */
import { readSync } from "node:fs";
import { EAGAIN } from "../errno.ts";
import { BpfError, ClosedError } from "../errors.ts";
import { check } from "../log.ts";
import { libbpf, libc } from "../native.ts";
import { Link } from "./link.ts";

const CHUNK = 64 << 10;

/**
 * An attached iterator. Each of `text`, `lines`, `chunks` and `stream` lets the program go through everything from the start.
 * The kernel runs it while it is read, on this thread.
 *
 * @example
 * ```ts
 * for await (const line of link) console.log(line);
 * await pipeline(Readable.fromWeb(link.stream()), createWriteStream("tasks.txt"));
 * ```
 */
export class IteratorLink extends Link {
  /** Descriptors of what is being read. */
  readonly #reading = new Set<number>();

  /**
   * All that the program writes, as bytes, in pieces.
   *
   * @throws {BpfError} when the kernel refuses; `E2BIG` when the program writes more for one thing than the kernel has room for
   * @throws {ClosedError} once closed
   */
  *chunks(): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    const link = this.fd;
    const fd = check(`read ${this.title}`, () => libbpf.bpf_iter_create(link));
    this.#reading.add(fd);
    try {
      for (;;) {
        if (!this.#reading.has(fd)) throw new ClosedError(`link ${this.title}`);
        const bytes = new Uint8Array(CHUNK);
        const length = this.#read(fd, bytes);
        if (length === 0) return;
        yield bytes.subarray(0, length);
      }
    } finally {
      if (this.#reading.delete(fd)) libc.close(fd);
    }
  }

  /** Also ends what is being read: that is a `ClosedError` when it goes on. */
  override close(): void {
    super.close();
    for (const fd of this.#reading) libc.close(fd);
    this.#reading.clear();
  }

  /** All that the program writes. */
  text(): string {
    const decoder = new TextDecoder();
    let all = "";
    for (const bytes of this.chunks()) all += decoder.decode(bytes, { stream: true });
    return all + decoder.decode();
  }

  /** What the program writes, line by line, without their ends. */
  *lines(): Generator<string, void, undefined> {
    const decoder = new TextDecoder();
    let rest = "";
    for (const bytes of this.chunks()) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    rest += decoder.decode();
    if (rest !== "") yield rest;
  }

  /** Its lines, with room for other work between the pieces that are read. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for (const line of this.lines()) yield await Promise.resolve(line);
  }

  /** What the program writes, as a web stream; Node's is `Readable.fromWeb(link.stream())`. It is read as it is asked for. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const chunks = this.chunks();
    return new ReadableStream({
      pull(controller) {
        const next = chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel() {
        chunks.return();
      },
    });
  }

  #read(fd: number, bytes: Uint8Array): number {
    for (;;) {
      try {
        return readSync(fd, bytes);
      } catch (error) {
        const errno = error instanceof Error && "errno" in error ? Math.abs(Number(error.errno)) : 0;
        // After many things for which the program wrote nothing the kernel asks to be called again (bpf_seq_read).
        if (errno === EAGAIN) continue;
        if (errno === 0) throw error;
        throw new BpfError({ operation: `read ${this.title}`, errno });
      }
    }
  }
}
