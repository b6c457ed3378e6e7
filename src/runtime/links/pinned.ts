/** Links that were pinned, by this process or another. */
import { text } from "../arguments.ts";
import { ENOENT, EPERM } from "../errno.ts";
import { ValueError } from "../errors.ts";
import { failure, withLog } from "../log.ts";
import { errno, libbpf } from "../native.ts";
import { Owner } from "../owner.ts";
import { readSystemFile } from "../system-file.ts";
import { atThreadExit } from "../thread-exit.ts";
import { libbpfLink } from "./backend.ts";
import { Link } from "./link.ts";

/**
 * Opens a link that is pinned to a file in a BPF file system. Closing it leaves it pinned, and so attached; `detach()`
 * removes the pin.
 *
 * @throws {BpfError} when there is no such file, or it is no pinned link
 * @throws {ValueError} when the path is no string, or a pinned map or program
 *
 * @example
 * ```ts
 * using link = openPinnedLink("/sys/fs/bpf/firewall");
 * link.update(next.programs.firewall);
 * ```
 */
export function openPinnedLink(path: string): Link {
  const file = text(path, "path");
  return withLog((log) => {
    const link = libbpf.bpf_link__open(file);
    if (link === null) throw failure(`open pinned link ${file}`, errno(), log(), hint);
    const backend = libbpfLink(link);
    // bpf_link__open takes whatever is pinned there for a link.
    try {
      assertLink(libbpf.bpf_link__fd(link), file);
    } catch (error) {
      backend.destroy();
      throw error;
    }
    return new PinnedLink(new Owner(file), `pinned to ${file}`, backend, file);
  });
}

/** A link that no skeleton owns. */
class PinnedLink extends Link {
  readonly #unwatchThread = atThreadExit(() => this.close());

  override close(): void {
    super.close();
    this.#unwatchThread();
  }
}

function assertLink(fd: number, file: string): void {
  // bpf_link_show_fdinfo (kernel/bpf/syscall.c); maps and programs have lines of their own.
  if (!readSystemFile(`/proc/self/fdinfo/${fd}`).includes("link_type:"))
    throw new ValueError(`${file} is a pinned map or program, and no link`, "path");
}

function hint(code: number): string | undefined {
  if (code === ENOENT)
    return "There is no such file: was the link pinned, and is this BPF file system mounted here?";
  return code === EPERM ? "It must be a file in a BPF file system, pinned by link.pin()" : undefined;
}
