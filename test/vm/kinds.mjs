// Which test shows that a kind of program, map or link works: its row in docs/kernels.md.

/**
 * @typedef {readonly [kind: string, file: string, test: string]} Kind a file below test/kernel and a part of a test's name
 */

const functions = "programs/kernel-functions";
const cgroup = "programs/cgroup";
const sockets = "programs/sockets";
const references = "maps/references";
const producers = "streams/producers";

/** @type {readonly Kind[]} */
export const programKinds = [
  ["kprobe", functions, "kprobe runs until"],
  ["kretprobe", functions, "kretprobe runs until"],
  ["kprobe.multi", functions, "kprobe.multi runs until"],
  ["ksyscall", functions, "ksyscall runs until"],
  ["uprobe, uretprobe", "programs/uprobe", "attaches to a symbol, at its entry and its return"],
  ["uprobe.multi", "programs/libbpf-1-3", "uprobe.multi: "],
  ["usdt", "programs/usdt", "runs when the probe is passed"],
  ["tracepoint", "programs/tracepoint", "attaches to a tracepoint that is named"],
  ["raw_tp", "programs/raw-tracepoint", "sees our thread's new name"],
  ["tp_btf", "programs/btf-tracepoint", "sees our thread's new names"],
  ["fentry", functions, "fentry runs until"],
  ["fexit", functions, "fexit runs until"],
  ["fmod_ret", functions, "fmod_ret decides"],
  ["lsm", functions, "lsm decides"],
  ["freplace", "programs/freplace", "freplace takes its place"],
  ["struct_ops", functions, "struct_ops: sockets use"],
  ["iter", "programs/iterator", "gives what its program writes"],
  ["perf_event", "programs/probes", "perf events > a frequency"],
  ["syscall", "programs/syscall", "takes its context typed"],
  ["xdp", "programs/xdp", "named sink, it sees what comes in"],
  ["tc: tcx link", "programs/tc", "through a tcx link > on sink"],
  ["tc: clsact filter", "programs/tc", "as a classic filter > sees packets"],
  ["netkit", "programs/libbpf-1-3", "netkit: attaches"],
  ["netfilter", "programs/libbpf-1-3", "netfilter: "],
  ["cgroup_skb", "programs/cgroup-skb", "given by its path"],
  ["cgroup/sock", cgroup, "on_socket sees and refuses"],
  ["cgroup/connect4", cgroup, "on_connect sees and refuses"],
  ["cgroup/sysctl", cgroup, "on_sysctl sees and refuses"],
  ["cgroup/dev", cgroup, "on_device sees and refuses"],
  ["cgroup/setsockopt", cgroup, "on_option sees and refuses"],
  ["sockops", cgroup, "sockops sees connections"],
  ["socket filter", sockets, "socket filter: drops"],
  ["sk_reuseport", sockets, "sk_reuseport chooses"],
  ["sk_lookup", sockets, "sk_lookup refuses connections to a port; given"],
  ["flow_dissector", sockets, "flow_dissector: one a namespace"],
  ["sk_msg, sk_skb", sockets, "sk_msg sees what is sent, sk_skb what is received"],
];

/** @type {readonly Kind[]} */
export const mapKinds = [
  ["hash, lru_hash, per-CPU", "maps/keyed", "clear empties maps of every kind"],
  ["lru_percpu_hash", "maps/keyed", "the per-CPU LRU map too"],
  ["array, in mapped memory", "maps/opened", "an array in mapped memory"],
  ["lpm_trie", "maps/lpm-trie", "finds the longest prefix"],
  ["queue", "maps/queues", "first in, first out"],
  ["stack", "maps/queues", "last in, first out"],
  ["bloom_filter", "maps/queues", "never denies what was added"],
  ["prog_array", references, "holds programs"],
  ["array_of_maps, hash_of_maps", references, "maps are made, put in"],
  ["perf_event_array", "perf", "consume > "],
  ["ringbuf", "ringbuf", "many times around the buffer"],
  ["ringbuf, a million events of two producers", producers, "ring buffer, event by event"],
  ["perf_event_array, likewise", producers, "perf event array, in batches"],
  ["user_ringbuf", "user-ringbuf", "gives programs the records, in order, whole"],
  ["arena", "maps/arena", "are shared with programs"],
  ["cgroup_storage (deprecated)", "maps/attached-cgroup-storage", "comes with the attachment"],
  ["cgroup_array", references, "cgroup array > "],
  ["devmap", references, "devmap: "],
  ["devmap_hash", references, "devmap_hash: "],
  ["cpumap", references, "cpumap: "],
  ["sockmap", references, "sockmap: "],
  ["sockhash", references, "sockhash: "],
  ["reuseport_sockarray", references, "reuseport array: "],
  ["xskmap", references, "xskmap: "],
  ["sk_storage", "maps/storage", "of sockets"],
  ["task_storage", "maps/storage", "of tasks"],
  ["inode_storage", "maps/storage", "of inodes"],
  ["cgrp_storage", "maps/storage", "of cgroups"],
  ["stack_trace", "maps/storage", "of the kernel have addresses"],
  ["struct_ops", functions, "struct_ops: sockets use"],
];

const links = "links";

/** What can be done with what is attached. @type {readonly Kind[]} */
export const linkKinds = [
  ["pinned, outlives its skeleton", links, "pinned, it outlives its skeleton"],
  ["pinned: of a perf event", links, "of a perf event: pinned"],
  ["pinned, and updated with another map: struct_ops", "programs/struct-ops-link", "have a link"],
  ["updated with another program: tcx", "programs/tc", "an updated link runs"],
  ["before or after others: tcx", "programs/tc", "runs before the others"],
  ["before another, given: tcx", "programs/libbpf-1-3", "before or after another"],
  ["cookie: kprobe", functions, "kprobe knows its cookie"],
  ["cookie: kprobe.multi", functions, "kprobe.multi knows its cookie"],
  ["cookie: fentry", functions, "fentry knows its cookie"],
  ["cookie: tracepoint", "programs/probes", "a tracepoint gets its cookie"],
  ["cookie: usdt", "programs/usdt", "with its cookie"],
];

const all = [...programKinds, ...mapKinds, ...linkKinds];

/** Any of some texts, as a regular expression. */
const anyOf = (texts) =>
  [...new Set(texts)].map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|");

/** The files of those tests: matches their names below test/kernel. */
export const kindFiles = () => `^(?:${anyOf(all.map(([, file]) => file))})\\.test\\.js$`;

/** Those tests: matches their names, of which vitest puts the parts together with spaces. */
export const kindNames = () => anyOf(all.map(([, , test]) => test.replaceAll(" > ", " ")));
