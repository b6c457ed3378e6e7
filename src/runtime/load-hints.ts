/** What to do when an object cannot be loaded, as far as libbpf's messages tell. */
import { EACCES, EPERM } from "./errno.ts";
import { openPinHint } from "./pin-hint.ts";

/** A map that is pinned by its name, and cannot be opened (bpf_object__reuse_map, libbpf.c). */
export function pinnedMapHint(code: number, log: string): string | undefined {
  if (code !== EACCES && code !== EPERM) return undefined;
  const path = /couldn't retrieve pinned map '([^'\n]*)'/.exec(log)?.[1];
  return path === undefined ? undefined : openPinHint(code, path, "map");
}

/** An extern without a value (bpf_object__resolve_externs). */
export function externHint(log: string): string | undefined {
  if (log.includes("failed to open system Kconfig"))
    return (
      "The kernel's configuration is neither in /boot nor in /proc/config.gz: " +
      'give the values that the object wants, as in load({ kconfig: "CONFIG_HZ=250" })'
    );
  const name = /extern '([^'\n]*)' \(strong\): not resolved/.exec(log)?.[1];
  if (name === undefined) return undefined;
  if (name.startsWith("CONFIG_"))
    return (
      `The kernel's configuration does not set ${name}: declare it __weak, so that it is 0, ` +
      `or give load({ kconfig: "${name}=…" })`
    );
  return `This kernel has no ${name}: declare it __weak, and ask in the program whether it is there`;
}
