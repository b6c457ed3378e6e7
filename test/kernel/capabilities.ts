/** Processes that lack a capability. */

/** What starts Node as root, but for some capabilities, as in `bpf` and `net_admin`. */
export function without(...capabilities: readonly string[]): readonly string[] {
  const set = capabilities.map((name) => `-${name}`).join(",");
  return ["setpriv", `--bounding-set=${set}`, `--inh-caps=${set}`, "--ambient-caps=-all"];
}
