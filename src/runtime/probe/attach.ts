/**
 * Ways to attach programs. Each is tried with a program that does nothing, at a place that cannot be: the kernel complains
 * of the place where it knows the way, and of the way where it does not. What can only be tried at a real place is, for a
 * moment: at a function that is called in test runs of BPF programs only, or, for security modules, when quotas are turned on.
 */
import { existsSync } from "node:fs";
import { bpf } from "../bpf-call.ts";
import { EAFNOSUPPORT, EBADF, EBUSY, EEXIST, EFAULT, ENODEV, ENOENT, EOPNOTSUPP } from "../errno.ts";
import { olderThan } from "../kernel-facts.ts";
import { attachTypeNumber, type AttachType } from "../links/attach-types.ts";
import { withLog } from "../log.ts";
import { type MapType, mapTypeNumber } from "../maps/types.ts";
import { allocate, libbpf, libc } from "../native.ts";
import { activeSecurityModules } from "../programs/security-modules.ts";
import type { ProgramType } from "../programs/types.ts";
import { attachProgram, createLink, kprobeMulti, openRawTracepoint, uprobeMulti } from "./attachments.ts";
import { type ProbeProgram, withProgram } from "./program.ts";
import { all, refused, type Support } from "./support.ts";
import { probeMapType, probeProgramType } from "./types.ts";

/**
 * `BPF_*` of enum bpf_attach_type in lower case, as libbpf spells them, and what is no attach type: `kprobe`, `uprobe`,
 * `tracepoint`, `raw_tracepoint`. `perf_event` are BPF links on these and on perf events, without which there are no cookies.
 */
export type AttachKind = AttachType | OtherKind;

/** Names of the ways that are no attach types. */
export const otherKinds = ["kprobe", "uprobe", "tracepoint", "raw_tracepoint"] as const;

type OtherKind = (typeof otherKinds)[number];

/** Whether the kernel can attach programs in a way. */
export function probeAttach(kind: AttachKind): Support {
  return isOther(kind) ? OTHERS[kind]() : withType(kind);
}

const OTHERS: Readonly<Record<OtherKind, () => Support>> = {
  kprobe: () => perfEvents("kprobe", "kprobe"),
  uprobe: () => perfEvents("kprobe", "uprobe"),
  tracepoint: () => perfEvents("tracepoint", "tracepoint"),
  // bpf_raw_tracepoint_open looks for the tracepoint last.
  raw_tracepoint: () =>
    tried({ type: "raw_tracepoint" }, (fd) => openRawTracepoint(fd, "tinybpf_none"), [ENOENT]),
};

function isOther(kind: AttachKind): kind is OtherKind {
  return Object.hasOwn(OTHERS, kind);
}

/** Where the kernel lists the kinds of events it has. */
const EVENT_SOURCES = "/sys/bus/event_source/devices";

/** Through events of perf: kernels before 4.17 have no such kind for probes, and libbpf makes them in tracefs. */
function perfEvents(type: ProgramType, source: string): Support {
  return all(
    () => probeProgramType(type),
    () => {
      if (existsSync(`${EVENT_SOURCES}/${source}`)) return "supported";
      if (!existsSync(EVENT_SOURCES) || olderThan("4.17")) return "unknown";
      return "unsupported";
    },
  );
}

const SOCKET_ADDRESS =
  /^cgroup_(inet[46]_(bind|connect|getpeername|getsockname)|udp[46]_(sendmsg|recvmsg)|unix_(connect|sendmsg|recvmsg|getpeername|getsockname))$/;

function withType(kind: AttachType): Support {
  const expected = attachTypeNumber(kind);
  const type = cgroupType(kind);
  if (type !== undefined) return tried({ type, expected }, (fd) => createLink(fd, expected), [EBADF]);
  switch (kind) {
    case "flow_dissector":
    case "sk_lookup":
      // The network namespace is what is wrong.
      return tried({ type: kind, expected }, (fd) => createLink(fd, expected), [EBADF]);
    case "sk_skb_stream_parser":
    case "sk_skb_stream_verdict":
    case "sk_skb_verdict":
      return tried({ type: "sk_skb", expected }, (fd) => attachProgram(fd, expected), [EBADF]);
    case "sk_msg_verdict":
      return tried({ type: "sk_msg", expected }, (fd) => attachProgram(fd, expected), [EBADF]);
    case "lirc_mode2":
      return tried({ type: "lirc_mode2", expected }, (fd) => attachProgram(fd, expected), [EBADF]);
    case "perf_event":
      return tried({ type: "tracepoint" }, (fd) => createLink(fd, expected), [EBADF]);
    case "trace_kprobe_multi":
    case "trace_kprobe_session":
      return tried({ type: "kprobe", expected }, (fd) => kprobeMulti(fd, expected), [EFAULT]);
    case "trace_uprobe_multi":
    case "trace_uprobe_session":
      return tried({ type: "kprobe", expected }, (fd) => uprobeMulti(fd, expected), [EBADF]);
    case "tcx_ingress":
    case "tcx_egress":
    case "netkit_primary":
    case "netkit_peer":
      return tried({ type: "sched_cls", expected }, (fd) => createLink(fd, expected, NO_INTERFACE), [ENODEV]);
    case "xdp":
      // Without an interface the error is the same as without such links. The loopback interface has no native mode.
      return tried(
        { type: "xdp", expected },
        (fd) => createLink(fd, expected, LOOPBACK, XDP_FLAGS_DRV_MODE),
        [EOPNOTSUPP, EBUSY, EEXIST],
      );
    case "xdp_devmap":
      // The same kernels let a devmap (dev_map_init_map) and a cpumap (cpu_map_alloc) hold programs.
      return all(
        () => probeProgramType("xdp"),
        () => mapWithPrograms("devmap"),
      );
    case "xdp_cpumap":
      return all(
        () => probeProgramType("xdp"),
        () => mapWithPrograms("cpumap"),
      );
    case "sk_reuseport_select":
      return probeProgramType("sk_reuseport");
    case "sk_reuseport_select_or_migrate":
      // Kernels before 5.14 take it, and do not mind it.
      return all(
        () => probeProgramType("sk_reuseport"),
        () => (olderThan("5.14") ? "unknown" : "supported"),
      );
    case "netfilter":
      // bpf_nf_check_pf_and_hooks: there is no protocol 0.
      return tried({ type: "netfilter", expected }, (fd) => createLink(fd, expected), [EAFNOSUPPORT]);
    case "trace_fentry":
    case "trace_fexit":
    case "trace_fsession":
      return atFunction("tracing", expected, "bpf_fentry_test1");
    case "modify_return":
      return atFunction("tracing", expected, "bpf_modify_return_test");
    case "trace_raw_tp":
      return atFunction("tracing", expected, "bpf_test_finish");
    case "trace_iter":
      return atFunction("tracing", expected, "task", (fd) => createLink(fd, expected, 0));
    case "lsm_mac":
      return all(
        () => lsmIsActive(),
        () => atFunction("lsm", expected, "quota_on"),
      );
    case "lsm_cgroup":
      // The first link of a hook makes what fentry needs, too (bpf_trampoline_link_cgroup_shim).
      return all(
        () => lsmIsActive(),
        () => atFunction("lsm", expected, "socket_bind", (fd) => createLink(fd, expected), [EBADF]),
        () => withType("trace_fentry"),
      );
    case "struct_ops":
      // Its links came after it, with this function of the kernel's.
      return all(
        () => probeMapType("struct_ops"),
        () => kernelHas("bpf_struct_ops_link_create"),
      );
    default:
      return "unknown";
  }
}

/** The type of program for a place in a cgroup; undefined for what is none. */
function cgroupType(kind: AttachType): ProgramType | undefined {
  if (SOCKET_ADDRESS.test(kind)) return "cgroup_sock_addr";
  switch (kind) {
    case "cgroup_inet_ingress":
    case "cgroup_inet_egress":
      return "cgroup_skb";
    case "cgroup_inet_sock_create":
    case "cgroup_inet_sock_release":
    case "cgroup_inet4_post_bind":
    case "cgroup_inet6_post_bind":
      return "cgroup_sock";
    case "cgroup_sock_ops":
      return "sock_ops";
    case "cgroup_device":
    case "cgroup_sysctl":
      return kind;
    case "cgroup_getsockopt":
    case "cgroup_setsockopt":
      return "cgroup_sockopt";
    default:
      return undefined;
  }
}

/** Loads a program and attaches it with `attach`, which fails with one of `known` where the kernel knows how. */
function tried(
  program: ProbeProgram,
  attach: (fd: number) => number,
  known: readonly number[] = [],
): Support {
  return withProgram(program, (fd) => {
    if (fd < 0) return refused(-fd);
    const link = attach(fd);
    if (link > 0) libc.close(link);
    return link >= 0 || known.includes(-link) ? "supported" : refused(-link);
  });
}

/** Attaches to a function of the kernel's for a moment. */
function atFunction(
  type: ProgramType,
  expected: number,
  name: string,
  attach: (fd: number) => number = (fd) => openRawTracepoint(fd),
  known: readonly number[] = [],
): Support {
  const btfId = withLog(() => libbpf.libbpf_find_vmlinux_btf_id(name, expected));
  // The kernel has no BTF, or is built without what can be probed without harm.
  if (btfId <= 0) return "unknown";
  return tried(
    { type, expected, btfId },
    (fd) => {
      const result = attach(fd);
      // register_fentry (trampoline.c): the function has no place where a call could be put in.
      return result === -EBUSY ? -EOPNOTSUPP : result;
    },
    known,
  );
}

function kernelHas(name: string): Support {
  const id = withLog(() => libbpf.libbpf_find_vmlinux_btf_id(name, attachTypeNumber("trace_fentry")));
  if (id > 0) return "supported";
  return existsSync("/sys/kernel/btf/vmlinux") ? "unsupported" : "unknown";
}

/** Security modules that are not active are not asked. */
function lsmIsActive(): Support {
  const active = activeSecurityModules();
  if (active === undefined) return "unknown";
  return active.includes("bpf") ? "supported" : "unsupported";
}

/** No interface has this index. */
const NO_INTERFACE = 0x7fff_ffff;
const LOOPBACK = 1;
const XDP_FLAGS_DRV_MODE = 4;

/** A map whose values are eight bytes: a descriptor of a program beside what else they are. */
function mapWithPrograms(type: MapType): Support {
  const attributes = allocate(24);
  for (const [index, value] of [mapTypeNumber(type), 4, 8, 1].entries())
    attributes.view.setUint32(index * 4, value, true);
  const fd = bpf("BPF_MAP_CREATE", attributes);
  if (fd < 0) return refused(-fd);
  libc.close(fd);
  return "supported";
}
