/** The first libbpf that knows a section of objects, for errors that say so. */
import { missingFromKernel } from "./kernel-facts.ts";
import { ATTACHMENTS, MAPS, PROGRAMS } from "./kernel-versions.ts";
import { libbpfOlderThan, needsLibbpf } from "./native.ts";

/** Sections that libbpf 1.0 does not know, the first libbpf that does, and the first Linux that has what they are for. */
const SECTIONS: readonly (readonly [section: RegExp, libbpf: string, linux?: string | undefined])[] = [
  // bpf_object__elf_collect (libbpf.c)
  [/^\.bss\../, "1.1"],
  [/^\.addr_space\.1$/, "1.4", MAPS.arena],
  [/^\.struct_ops\.link$/, "1.2", ATTACHMENTS.struct_ops],
  [/^\?\.struct_ops\.link$/, "1.4", ATTACHMENTS.struct_ops],
  [/^\?\.struct_ops$/, "1.4"],
  // section_defs (libbpf.c)
  [/^struct_ops\.s\b/, "1.2", "6.3"],
  // Classic filters run on older kernels.
  [/^tcx?\/(?:in|e)gress$/, "1.3"],
  [/^netfilter$/, "1.3", PROGRAMS.netfilter],
  [/^u(?:ret)?probe\.multi\b/, "1.3", ATTACHMENTS.trace_uprobe_multi],
  [/^usdt\.s\b/, "1.3", "6.0"],
  [/^cgroup\/\w+_unix$/, "1.3", ATTACHMENTS.cgroup_unix_connect],
  [/^netkit\/(?:primary|peer)$/, "1.3", ATTACHMENTS.netkit_primary],
  [/^sk_skb\/verdict$/, "1.4", ATTACHMENTS.sk_skb_verdict],
  [/^kprobe\.session\b/, "1.5", ATTACHMENTS.trace_kprobe_session],
  [/^uprobe\.session\b/, "1.6", ATTACHMENTS.trace_uprobe_session],
  [/^fsession\b/, "1.7"],
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
