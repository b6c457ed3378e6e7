/** Where a process of its own may make a mess: namespaces that are gone with it. */
import { enterNamespaces, mountBpffs, mountTracefs } from "../kernel/namespaces.ts";

export interface Places {
  readonly fixtures: string;
  /** A BPF file system of the test's own. */
  readonly pins: string;
}

/** What is mounted and attached from now on is nobody else's. */
export function makePlaces(fixtures: string): Places {
  enterNamespaces();
  mountTracefs();
  return { fixtures, pins: mountBpffs() };
}
