/** Asks the kernel over netlink whether an interface has filters in its clsact qdisc. libbpf knows only single ones. */
import { allocate, libc, type Memory } from "../native.ts";

// include/uapi/linux: netlink.h, rtnetlink.h, pkt_sched.h; the same on x86-64 and arm64
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_ROUTE = 0;
const NLM_F_REQUEST_DUMP = 1 | 0x300;
const RTM_NEWTFILTER = 44;
const RTM_GETTFILTER = 46;
const TC_H_CLSACT = 0xffff_0000;
const TC_H_MIN_INGRESS = 0xfff2;
const TC_H_MIN_EGRESS = 0xfff3;

// struct nlmsghdr, struct tcmsg
const MESSAGE_SIZE = 36;
const AT = { length: 0, type: 4, flags: 6, ifindex: 20, parent: 28 } as const;
const ANSWER_SIZE = 32768;

/** Whether the interface has any filter at clsact's ingress or egress; true when the kernel does not tell. */
export function hasFilters(ifindex: number): boolean {
  const socket = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE);
  if (socket < 0) return true;
  try {
    return [TC_H_MIN_INGRESS, TC_H_MIN_EGRESS].some((minor) =>
      answersWithFilter(socket, request(ifindex, TC_H_CLSACT + minor)),
    );
  } finally {
    libc.close(socket);
  }
}

function request(ifindex: number, parent: number): Memory {
  const message = allocate(MESSAGE_SIZE);
  const { view } = message;
  view.setUint32(AT.length, MESSAGE_SIZE, true);
  view.setUint16(AT.type, RTM_GETTFILTER, true);
  view.setUint16(AT.flags, NLM_F_REQUEST_DUMP, true);
  view.setInt32(AT.ifindex, ifindex, true);
  view.setUint32(AT.parent, parent, true);
  return message;
}

/** The first message of the answer tells: a filter, or that there are no more. The rest of it is read and dropped. */
function answersWithFilter(socket: number, message: Memory): boolean {
  if (libc.send(socket, message.address, MESSAGE_SIZE, 0) !== MESSAGE_SIZE) return true;
  const answer = allocate(ANSWER_SIZE);
  let found = false;
  for (;;) {
    const received = libc.recv(socket, answer.address, ANSWER_SIZE, 0);
    if (received < 16) return true;
    let last = false;
    for (let at = 0; at + 16 <= received;) {
      const type = answer.view.getUint16(at + AT.type, true);
      if (type === RTM_NEWTFILTER) found = true;
      else last = true;
      const length = answer.view.getUint32(at, true);
      at += Math.max((length + 3) & ~3, 16);
    }
    // NLMSG_DONE, or NLMSG_ERROR when there is no such qdisc.
    if (last) return found;
  }
}
