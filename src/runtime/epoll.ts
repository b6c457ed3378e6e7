/** Descriptors of epoll, which are readable when something that they watch is. */
import { allocate, libc, type Memory } from "./native.ts";

// sys/epoll.h; the same on x86-64 and arm64
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
export const EPOLLIN = 1;
export const EPOLLOUT = 4;
export const EPOLLET = 0x8000_0000;

/** Room for a `struct epoll_event`: 12 bytes on x86-64, 16 on arm64. */
export function epollEvent(events = 0): Memory {
  const event = allocate(16);
  event.view.setUint32(0, events >>> 0, true);
  return event;
}

/** @returns a descriptor, or a negative number with `errno` set */
export function epollCreate(): number {
  return libc.epoll_create1(EPOLL_CLOEXEC);
}

/** Has it watch a descriptor for `events`. @returns 0, or a negative number with `errno` set */
export function epollAdd(epoll: number, fd: number, events = 0): number {
  return libc.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, epollEvent(events).address);
}

/** Has it watch a descriptor no more. @returns 0, or a negative number with `errno` set */
export function epollDelete(epoll: number, fd: number): number {
  return libc.epoll_ctl(epoll, EPOLL_CTL_DEL, fd, epollEvent().address);
}
