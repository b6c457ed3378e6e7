/** Links that were pinned, by this process or another. */
import { text } from "../arguments.ts";
import { ValueError } from "../errors.ts";
import { failure, withLog } from "../log.ts";
import { errno, libbpf } from "../native.ts";
import { objectKind } from "../object-info.ts";
import { type Owned, Owner } from "../owner.ts";
import { openPinHint } from "../pin-hint.ts";
import { atThreadExit } from "../thread-exit.ts";
import { libbpfLink } from "./backend.ts";
import { linkInfo } from "./info.ts";
import { IteratorLink } from "./iterator.ts";
import { Link } from "./link.ts";

/**
 * Opens a link that is pinned to a file in a BPF file system. Closing it leaves it pinned, and so attached; `detach()`
 * removes the pin.
 *
 * @returns of an iterator an {@link IteratorLink}, which `"text" in link` tells
 * @throws {BpfError} when there is no such file, or it is no pinned link
 * @throws {ValueError} when the path is no string, or a pinned map or program
 *
 * @example
 * ```ts
 * using link = openPinnedLink("/sys/fs/bpf/firewall");
 * link.update(next.programs.firewall);
 *
 * using tasks = openPinnedLink("/sys/fs/bpf/tasks");
 * if ("text" in tasks) console.log(tasks.text());
 * ```
 */
export function openPinnedLink(path: string): Link | IteratorLink {
  const file = text(path, "path");
  return withLog((log) => {
    const link = libbpf.bpf_link__open(file);
    if (link === null)
      throw failure(`open pinned link ${file}`, errno(), log(), (code) => openPinHint(code, file, "link"));
    const backend = libbpfLink(link);
    // bpf_link__open takes whatever is pinned there for a link.
    try {
      if (objectKind(libbpf.bpf_link__fd(link)) !== "link")
        throw new ValueError(`${file} is a pinned map or program, and no link`, "path");
    } catch (error) {
      backend.destroy();
      throw error;
    }
    const Class = isIterator(libbpf.bpf_link__fd(link)) ? IteratorLink : Link;
    return new Class(new PinOwner(file), `pinned to ${file}`, backend, file);
  });
}

function isIterator(fd: number): boolean {
  try {
    return linkInfo(fd, "pinned link").type === "iter";
  } catch {
    return false; // before Linux 5.8, which brought both
  }
}

/** Owns one link, which no skeleton does. */
class PinOwner extends Owner {
  readonly #unwatchThread = atThreadExit(() => this.close());

  override disown(link: Owned): void {
    super.disown(link);
    this.#unwatchThread();
  }
}
