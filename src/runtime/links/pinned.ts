/** Links that were pinned, by this process or another. */
import { text } from "../arguments.ts";
import { ValueError } from "../errors.ts";
import { failure, withLog } from "../log.ts";
import { errno, libbpf } from "../native.ts";
import { objectKind } from "../object-info.ts";
import { Owner } from "../owner.ts";
import { openPinHint } from "../pin-hint.ts";
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
    if (link === null)
      throw failure(`open pinned link ${file}`, errno(), log(), (code) => openPinHint(code, file, "link"));
    const backend = libbpfLink(link);
    // bpf_link__open takes whatever is pinned there for a link.
    if (objectKind(libbpf.bpf_link__fd(link)) !== "link") {
      backend.destroy();
      throw new ValueError(`${file} is a pinned map or program, and no link`, "path");
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
