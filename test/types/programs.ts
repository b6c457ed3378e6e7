/** What must not compile about the kinds of programs: each takes what it can be attached to. Nothing here runs. */
import type { IteratorLink, Link } from "tinybpf";
import type { Cgroup } from "../golden/cgroup.skel.ts";
import { Freplace } from "../golden/freplace.skel.ts";
import type { Iterators } from "../golden/iterators.skel.ts";
import type { Libbpf13 } from "../golden/libbpf_1_3.skel.ts";
import type { Probes } from "../golden/probes.skel.ts";
import type { Sockets } from "../golden/sockets.skel.ts";
import type { Tc } from "../golden/tc.skel.ts";
import type { Usdt } from "../golden/usdt.skel.ts";

export function probes({ programs }: Probes): void {
  programs.on_entry.attach("do_unlinkat");
  programs.on_entry.attach({ function: "do_unlinkat", offset: 4, cookie: 1n });
  // @ts-expect-error a kprobe has a function, and no symbol
  programs.on_entry.attach({ symbol: "do_unlinkat" });
  programs.on_many.attach({ functions: ["a", "b"], cookies: [1, 2n] });
  // @ts-expect-error cookies are for functions, not for a pattern
  programs.on_many.attach({ pattern: "vfs_*", cookies: [1] });
  // @ts-expect-error a pattern or functions
  programs.on_many.attach({ pattern: "vfs_*", functions: ["a"] });
  programs.on_syscall.attach("openat");
  // @ts-expect-error a system call has no offset
  programs.on_syscall.attach({ syscall: "openat", offset: 1 });
  programs.on_sample.attach({ event: "cpu-clock", frequency: 99 });
  // @ts-expect-error how often?
  programs.on_sample.attach({ event: "cpu-clock" });
  // @ts-expect-error either frequency or period
  programs.on_sample.attach({ event: "cpu-clock", frequency: 99, period: 1 });
  // @ts-expect-error no such event
  programs.on_sample.attach({ event: "cpu-clocks", frequency: 99 });
  // @ts-expect-error a perf event has no section to follow
  programs.on_sample.attach();
  programs.on_function.attach({ cookie: 1 });
  // @ts-expect-error the function is chosen before load
  programs.on_function.attach("do_unlinkat");
  // @ts-expect-error likewise the hook
  programs.refuse_nice_as_lsm.attach("file_open");
}

export function targets(base: Freplace): void {
  const attachTarget = { program: base.programs.filter, function: "decide" };
  Freplace.load({ programs: { refuse: { attachTarget }, watch: { attachTarget: "vfs_read" } } });
  // @ts-expect-error the function is missing
  Freplace.load({ programs: { refuse: { attachTarget: { program: base.programs.filter } } } });
  base.programs.refuse.attach(attachTarget);
  // @ts-expect-error no interface
  base.programs.refuse.attach("eth0");
}

export function network({ programs }: Tc, { programs: newer }: Libbpf13, link: Link): void {
  programs.first.attach("eth0", { direction: "ingress", before: link });
  programs.first.attach(1, { direction: "egress", after: programs.second });
  // @ts-expect-error no such direction
  programs.first.attach("eth0", { direction: "in" });
  // @ts-expect-error tcx links have no priority
  programs.first.attach("eth0", { direction: "ingress", priority: 1 });
  // @ts-expect-error classic filters have no anchors
  programs.first.attachClassic("eth0", { direction: "ingress", before: link });
  // @ts-expect-error an interface is needed
  programs.first.attach();
  newer.pass_primary.attach("nk0");
  // @ts-expect-error the section says which of the pair
  newer.pass_primary.attach("nk0", { direction: "ingress" });
  newer.drop_all.attach({ family: "ipv6", hook: "forward", priority: 1 });
  // @ts-expect-error the priority is missing
  newer.drop_all.attach({ family: "ipv6", hook: "forward" });
  newer.on_call.attach({ binary: "libc.so.6", symbols: ["a"], cookies: [1] });
  // @ts-expect-error symbols or offsets
  newer.on_call.attach({ binary: "libc.so.6", symbols: ["a"], offsets: [1] });
}

export function sockets({ programs, maps }: Sockets): void {
  programs.on_send.attach(maps.connections);
  // @ts-expect-error a map is needed
  programs.on_send.attach();
  // @ts-expect-error no such role
  programs.any_role.attach(maps.connections, "parser");
  programs.filter.attach(3);
  // @ts-expect-error a socket is a descriptor
  programs.filter.attach("3");
  programs.refuse_lookup.attach();
  // @ts-expect-error a lookup has no packet
  programs.refuse_lookup.testRun({ data: new Uint8Array(14) });
  // @ts-expect-error the kernel cannot run this kind
  programs.on_send.testRun({ data: new Uint8Array(14) });
}

export function others(
  { programs: groups }: Cgroup,
  { programs, maps }: Iterators,
  { programs: usdt }: Usdt,
): void {
  groups.on_connect.attach("/sys/fs/cgroup/x");
  // @ts-expect-error a cgroup is needed
  groups.on_connect.attach();
  // @ts-expect-error only cgroup/skb has a direction
  groups.on_connect.attach("/sys/fs/cgroup/x", { direction: "egress" });
  const link: IteratorLink = programs.dump_map.attach({ map: maps.counts });
  const text: string = link.text() + programs.dump_task.read({ pid: 1 });
  // @ts-expect-error no map's name
  programs.dump_map.attach({ map: text });
  usdt.on_probe.attach({ binary: "a", provider: "b", name: "c" });
  // @ts-expect-error the provider is missing
  usdt.on_probe.attach({ binary: "a", name: "c" });
}
