/**
 * A lock between the threads of this process: each has its own instance of this package, but all have one libbpf.
 *
 * It is a robust mutex of C's. A worker thread that is terminated in the middle of an operation runs no `finally`: then
 * the kernel lets go of the lock (exit_robust_list), and the next holder is told.
 */
import type { Address } from "./c.ts";
import { addressOf, allocate, isMapFailed, libc, stdinLock } from "./native.ts";
import { readSystemFile } from "./system-file.ts";

// The same in glibc and musl, on x86-64 and arm64.
const PTHREAD_MUTEX_ROBUST = 1;
const EOWNERDEAD = 130;
/** More than a `pthread_mutex_t` (40 or 48) or its attributes (4 or 8) take. */
const SIZE = 64;

/**
 * Runs `action` while no other thread runs one.
 *
 * @param recover - run before it when the thread that had the lock is gone, and its action unfinished
 */
export function withProcessLock<T>(recover: () => void, action: () => T): T {
  if (held) return action();
  mutex ??= findMutex();
  const result = libc.pthread_mutex_lock(mutex);
  held = true;
  try {
    if (result === EOWNERDEAD) {
      recover();
      libc.pthread_mutex_consistent(mutex);
    }
    return action();
  } finally {
    held = false;
    if (result === 0 || result === EOWNERDEAD) libc.pthread_mutex_unlock(mutex);
  }
}

/** Whether this thread has the lock. */
let held = false;
let mutex: Address | undefined;

/**
 * Finds the process's mutex, or makes it. Threads share no memory of ours, and an environment variable would pass to
 * child processes, but all see the process's mappings: the mutex lies in one that has a name. It is never unmapped.
 */
function findMutex(): Address {
  return whileOthersWait(() => namedMapping() ?? makeMutex());
}

const NAME = "tinybpf-lock";

function namedMapping(): Address | undefined {
  const mappings = readSystemFile("/proc/self/maps");
  const start = new RegExp(`^([0-9a-f]+)-.* /memfd:${NAME} `, "m").exec(mappings)?.[1];
  return start === undefined ? undefined : addressOf(BigInt(`0x${start}`));
}

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MFD_CLOEXEC = 1;

function makeMutex(): Address {
  const attributes = allocate(SIZE);
  libc.pthread_mutexattr_init(attributes.address);
  libc.pthread_mutexattr_setrobust(attributes.address, PTHREAD_MUTEX_ROBUST);
  const fd = libc.memfd_create(NAME, MFD_CLOEXEC);
  libc.ftruncate(fd, SIZE);
  const mapped = libc.mmap(null, SIZE, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (fd >= 0) libc.close(fd);
  // A sandbox may forbid it. Then threads are on their own, and most programs have only one.
  const made = isMapFailed(mapped) ? libc.calloc(1, SIZE) : mapped;
  libc.pthread_mutex_init(made, attributes.address);
  return made;
}

/** Far longer than finding or making the mutex takes, in milliseconds. */
const PATIENCE = 1000;

/**
 * So that two threads do not make a mutex each: with the lock of `stdin`, a stream of libc's that Node does not use. Should
 * its holder be gone, one waits in vain, and goes on.
 */
function whileOthersWait<T>(action: () => T): T {
  const lock = stdinLock();
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  let locked = libc.ftrylockfile(lock) === 0;
  for (let waited = 0; !locked && waited < PATIENCE; waited++) {
    Atomics.wait(sleep, 0, 0, 1);
    locked = libc.ftrylockfile(lock) === 0;
  }
  try {
    return action();
  } finally {
    if (locked) libc.funlockfile(lock);
  }
}
