/**
 * What libbpf reads from a program's section name: `section_defs` of libbpf.c, as of libbpf 1.7, in its order.
 *
 * A `+` at the end of a name means that it stands alone or before `/` and a target.
 */
import { parseTarget, type TargetFormat } from "./attach-target.ts";
import type { ProgramKind } from "./model.ts";

interface SectionDefinition {
  readonly name: string;
  /** The name ends with `+` in libbpf. */
  readonly extras: boolean;
  readonly progType: string;
  readonly attachType: string | undefined;
  readonly sleepable: boolean;
  /** How the part after the `/` is read; undefined when there is none. */
  readonly target: TargetFormat | undefined;
  /** libbpf has a function to attach it, given a target. */
  readonly attachable: boolean;
}

interface Traits {
  readonly target?: TargetFormat;
  readonly sleepable?: boolean;
  /** Not attachable by its section alone, although it has a target. */
  readonly manual?: boolean;
}

function define(
  pattern: string,
  progType: string,
  attachType?: string,
  traits: Traits = {},
): SectionDefinition {
  const extras = pattern.endsWith("+");
  return {
    name: extras ? pattern.slice(0, -1) : pattern,
    extras,
    progType,
    attachType,
    sleepable: traits.sleepable === true,
    target: traits.target,
    attachable: traits.target !== undefined && traits.manual !== true,
  };
}

const SLEEPABLE = { sleepable: true } as const;

/** One cgroup hook on addresses for each of IPv4, IPv6 and, if newer, Unix sockets. */
const addressHook = (
  hook: string,
  attach: (family: string) => string,
  unix: boolean,
): SectionDefinition[] => [
  define(`cgroup/${hook}4`, "cgroup_sock_addr", attach("4")),
  define(`cgroup/${hook}6`, "cgroup_sock_addr", attach("6")),
  ...(unix ? [define(`cgroup/${hook}_unix`, "cgroup_sock_addr", `cgroup_unix_${hook}`)] : []),
];

const DEFINITIONS: readonly SectionDefinition[] = [
  define("socket", "socket_filter"),
  define("sk_reuseport/migrate", "sk_reuseport", "sk_reuseport_select_or_migrate"),
  define("sk_reuseport", "sk_reuseport", "sk_reuseport_select"),
  define("kprobe+", "kprobe", undefined, { target: "function" }),
  define("uprobe+", "kprobe", undefined, { target: "uprobe" }),
  define("uprobe.s+", "kprobe", undefined, { target: "uprobe", ...SLEEPABLE }),
  define("kretprobe+", "kprobe", undefined, { target: "function" }),
  define("uretprobe+", "kprobe", undefined, { target: "uprobe" }),
  define("uretprobe.s+", "kprobe", undefined, { target: "uprobe", ...SLEEPABLE }),
  define("kprobe.multi+", "kprobe", "trace_kprobe_multi", { target: "pattern" }),
  define("kretprobe.multi+", "kprobe", "trace_kprobe_multi", { target: "pattern" }),
  define("kprobe.session+", "kprobe", "trace_kprobe_session", { target: "pattern" }),
  define("uprobe.multi+", "kprobe", "trace_uprobe_multi", { target: "uprobe" }),
  define("uretprobe.multi+", "kprobe", "trace_uprobe_multi", { target: "uprobe" }),
  define("uprobe.session+", "kprobe", "trace_uprobe_session", { target: "uprobe" }),
  define("uprobe.multi.s+", "kprobe", "trace_uprobe_multi", { target: "uprobe", ...SLEEPABLE }),
  define("uretprobe.multi.s+", "kprobe", "trace_uprobe_multi", { target: "uprobe", ...SLEEPABLE }),
  define("uprobe.session.s+", "kprobe", "trace_uprobe_session", { target: "uprobe", ...SLEEPABLE }),
  define("ksyscall+", "kprobe", undefined, { target: "syscall" }),
  define("kretsyscall+", "kprobe", undefined, { target: "syscall" }),
  define("usdt+", "kprobe", undefined, { target: "usdt" }),
  define("usdt.s+", "kprobe", undefined, { target: "usdt", ...SLEEPABLE }),
  define("tc/ingress", "sched_cls", "tcx_ingress"),
  define("tc/egress", "sched_cls", "tcx_egress"),
  define("tcx/ingress", "sched_cls", "tcx_ingress"),
  define("tcx/egress", "sched_cls", "tcx_egress"),
  define("tc", "sched_cls"),
  define("classifier", "sched_cls"),
  define("action", "sched_act"),
  define("netkit/primary", "sched_cls", "netkit_primary"),
  define("netkit/peer", "sched_cls", "netkit_peer"),
  define("tracepoint+", "tracepoint", undefined, { target: "tracepoint" }),
  define("tp+", "tracepoint", undefined, { target: "tracepoint" }),
  define("raw_tracepoint+", "raw_tracepoint", undefined, { target: "raw_tracepoint" }),
  define("raw_tp+", "raw_tracepoint", undefined, { target: "raw_tracepoint" }),
  define("raw_tracepoint.w+", "raw_tracepoint_writable", undefined, { target: "raw_tracepoint" }),
  define("raw_tp.w+", "raw_tracepoint_writable", undefined, { target: "raw_tracepoint" }),
  define("tp_btf+", "tracing", "trace_raw_tp", { target: "btf" }),
  define("fentry+", "tracing", "trace_fentry", { target: "btf" }),
  define("fmod_ret+", "tracing", "modify_return", { target: "btf" }),
  define("fexit+", "tracing", "trace_fexit", { target: "btf" }),
  define("fentry.s+", "tracing", "trace_fentry", { target: "btf", ...SLEEPABLE }),
  define("fmod_ret.s+", "tracing", "modify_return", { target: "btf", ...SLEEPABLE }),
  define("fexit.s+", "tracing", "trace_fexit", { target: "btf", ...SLEEPABLE }),
  define("fsession+", "tracing", "trace_fsession", { target: "btf" }),
  define("fsession.s+", "tracing", "trace_fsession", { target: "btf", ...SLEEPABLE }),
  // attach_trace needs to be told the program whose function is replaced, which no section can.
  define("freplace+", "ext", undefined, { target: "btf", manual: true }),
  define("lsm+", "lsm", "lsm_mac", { target: "btf" }),
  define("lsm.s+", "lsm", "lsm_mac", { target: "btf", ...SLEEPABLE }),
  define("lsm_cgroup+", "lsm", "lsm_cgroup", { target: "btf", manual: true }),
  define("iter+", "tracing", "trace_iter", { target: "btf" }),
  define("iter.s+", "tracing", "trace_iter", { target: "btf", ...SLEEPABLE }),
  define("syscall", "syscall", undefined, SLEEPABLE),
  define("xdp.frags/devmap", "xdp", "xdp_devmap"),
  define("xdp/devmap", "xdp", "xdp_devmap"),
  define("xdp.frags/cpumap", "xdp", "xdp_cpumap"),
  define("xdp/cpumap", "xdp", "xdp_cpumap"),
  define("xdp.frags", "xdp", "xdp"),
  define("xdp", "xdp", "xdp"),
  define("perf_event", "perf_event"),
  define("lwt_in", "lwt_in"),
  define("lwt_out", "lwt_out"),
  define("lwt_xmit", "lwt_xmit"),
  define("lwt_seg6local", "lwt_seg6local"),
  define("sockops", "sock_ops", "cgroup_sock_ops"),
  define("sk_skb/stream_parser", "sk_skb", "sk_skb_stream_parser"),
  define("sk_skb/stream_verdict", "sk_skb", "sk_skb_stream_verdict"),
  define("sk_skb/verdict", "sk_skb", "sk_skb_verdict"),
  define("sk_skb", "sk_skb"),
  define("sk_msg", "sk_msg", "sk_msg_verdict"),
  define("lirc_mode2", "lirc_mode2", "lirc_mode2"),
  define("flow_dissector", "flow_dissector", "flow_dissector"),
  define("cgroup_skb/ingress", "cgroup_skb", "cgroup_inet_ingress"),
  define("cgroup_skb/egress", "cgroup_skb", "cgroup_inet_egress"),
  define("cgroup/skb", "cgroup_skb"),
  define("cgroup/sock_create", "cgroup_sock", "cgroup_inet_sock_create"),
  define("cgroup/sock_release", "cgroup_sock", "cgroup_inet_sock_release"),
  define("cgroup/sock", "cgroup_sock", "cgroup_inet_sock_create"),
  define("cgroup/post_bind4", "cgroup_sock", "cgroup_inet4_post_bind"),
  define("cgroup/post_bind6", "cgroup_sock", "cgroup_inet6_post_bind"),
  ...addressHook("bind", (family) => `cgroup_inet${family}_bind`, false),
  ...addressHook("connect", (family) => `cgroup_inet${family}_connect`, true),
  ...addressHook("sendmsg", (family) => `cgroup_udp${family}_sendmsg`, true),
  ...addressHook("recvmsg", (family) => `cgroup_udp${family}_recvmsg`, true),
  ...addressHook("getpeername", (family) => `cgroup_inet${family}_getpeername`, true),
  ...addressHook("getsockname", (family) => `cgroup_inet${family}_getsockname`, true),
  define("cgroup/sysctl", "cgroup_sysctl", "cgroup_sysctl"),
  define("cgroup/getsockopt", "cgroup_sockopt", "cgroup_getsockopt"),
  define("cgroup/setsockopt", "cgroup_sockopt", "cgroup_setsockopt"),
  define("cgroup/dev", "cgroup_device", "cgroup_device"),
  // Attached through its struct_ops map.
  define("struct_ops+", "struct_ops", undefined, { target: "btf", manual: true }),
  define("struct_ops.s+", "struct_ops", undefined, { target: "btf", manual: true, ...SLEEPABLE }),
  define("sk_lookup", "sk_lookup", "sk_lookup"),
  define("netfilter", "netfilter", "netfilter"),
];

const UNKNOWN: ProgramKind = {
  definition: "",
  progType: "unspec",
  attachType: undefined,
  target: undefined,
  sleepable: false,
  autoAttach: false,
};

/** libbpf.c, sec_def_matches */
function matches(definition: SectionDefinition, section: string): boolean {
  return section === definition.name || (definition.extras && section.startsWith(`${definition.name}/`));
}

/** What a program's section name says. */
export interface SectionName {
  /** False after a `?`. */
  readonly autoload: boolean;
  readonly kind: ProgramKind;
}

/** Reads a section name, with or without the `?` that turns off autoload. Unknown names give `unspec`. */
export function readSectionName(section: string): SectionName {
  const autoload = !section.startsWith("?");
  const name = autoload ? section : section.slice(1);
  const definition = DEFINITIONS.find((candidate) => matches(candidate, name));
  if (definition === undefined) return { autoload, kind: UNKNOWN };
  const rest = name.length > definition.name.length ? name.slice(definition.name.length + 1) : undefined;
  const target =
    rest === undefined || definition.target === undefined
      ? undefined
      : parseTarget(definition.target, rest, definition.name);
  return {
    autoload,
    kind: {
      definition: definition.name,
      progType: definition.progType,
      attachType: definition.attachType,
      target,
      sleepable: definition.sleepable,
      autoAttach: definition.attachable && target !== undefined && target.type !== "text",
    },
  };
}
