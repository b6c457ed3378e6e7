/** The first libbpf that knows a section of objects, for errors that say so. */
import { missingFromKernel } from "./kernel-facts.ts";
import { ATTACHMENTS, MAPS, PROGRAMS } from "./kernel-versions.ts";
import { libbpfOlderThan, needsLibbpf } from "./native.ts";

/** Sections, the first libbpf that knows them, and the first Linux that has what they are for. What libbpf 1.0 knows is left out. */
const SECTIONS: readonly (readonly [section: RegExp, libbpf: string, linux?: string | undefined])[] = [
  // bpf_object__elf_collect (libbpf.c)
  [/^\.bss\../, "1.1"],
  [/^\.addr_space\.1$/, "1.4", MAPS.arena],
  // section_defs (libbpf.c)
  [/^netfilter$/, "1.2", PROGRAMS.netfilter],
  // Classic filters run on older kernels.
  [/^tc\/(?:in|e)gress$/, "1.3"],
  [/^tcx\/(?:in|e)gress$/, "1.3", ATTACHMENTS.tcx_ingress],
  [/^u(?:ret)?probe\.multi\b/, "1.3", ATTACHMENTS.trace_uprobe_multi],
  [/^cgroup\/\w+_unix$/, "1.3", ATTACHMENTS.cgroup_unix_connect],
  [/^netkit\/(?:primary|peer)$/, "1.3", ATTACHMENTS.netkit_primary],
  [/^kprobe\.session\b/, "1.5", ATTACHMENTS.trace_kprobe_session],
  [/^uprobe\.session\b/, "1.6", ATTACHMENTS.trace_uprobe_session],
];

/**
 * Why libbpf does not know a section, and whether the kernel has what it is for: who updates the one should hear of the other.
 *
 * @param section - as in C
 * @returns a sentence or two; undefined when no newer libbpf is known to know it
 */
export function sectionNeedsNewer(section: string): string | undefined {
  const known = SECTIONS.find(([pattern]) => pattern.test(section));
  if (known === undefined) return undefined;
  const [, since, linux] = known;
  if (!libbpfOlderThan(since)) return undefined;
  const what = `Section ${section}`;
  const kernel = linux === undefined ? undefined : missingFromKernel(what, [], linux);
  return kernel === undefined ? needsLibbpf(what, since) : `${kernel}. Besides, ${needsLibbpf("it", since)}`;
}
