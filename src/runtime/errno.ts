/** Names and texts of error numbers: the system's, one that only the kernel knows, and libbpf's own. */
import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";

// include/linux/errno.h; bpf(2) lets it out, though it was never meant for user space.
export const ENOTSUPP = 524;

// enum libbpf_errno (libbpf.h)
const LIBBPF: ReadonlyMap<number, readonly [code: string, text: string]> = new Map([
  [4000, ["LIBBPF_ERRNO__LIBELF", "something wrong in libelf"]],
  [4001, ["LIBBPF_ERRNO__FORMAT", "invalid BPF object format"]],
  [4002, ["LIBBPF_ERRNO__KVERSION", "incorrect or no 'version' section"]],
  [4003, ["LIBBPF_ERRNO__ENDIAN", "the object has the other byte order than this machine"]],
  [4004, ["LIBBPF_ERRNO__INTERNAL", "internal error in libbpf"]],
  [4005, ["LIBBPF_ERRNO__RELOC", "relocation failed"]],
  [4006, ["LIBBPF_ERRNO__LOAD", "failed to load a program"]],
  [4007, ["LIBBPF_ERRNO__VERIFY", "the kernel's verifier rejected a program"]],
  [4008, ["LIBBPF_ERRNO__PROG2BIG", "program too big"]],
  [4009, ["LIBBPF_ERRNO__KVER", "incorrect kernel version"]],
  [4010, ["LIBBPF_ERRNO__PROGTYPE", "the kernel does not support this program type"]],
  [4011, ["LIBBPF_ERRNO__WRNGPID", "wrong pid in netlink message"]],
  [4012, ["LIBBPF_ERRNO__INVSEQ", "invalid netlink sequence"]],
  [4013, ["LIBBPF_ERRNO__NLPARSE", "netlink parsing error"]],
]);

// Of two names for one number, the one that bpf(2) and its users say.
const codes = new Map<number, string>([
  [ENOTSUPP, "ENOTSUPP"],
  [constants.errno.EOPNOTSUPP, "EOPNOTSUPP"],
  [constants.errno.EAGAIN, "EAGAIN"],
]);
for (const [code, errno] of Object.entries(constants.errno)) if (!codes.has(errno)) codes.set(errno, code);

/** The name of an error number: `EPERM`, `ENOTSUPP`, `LIBBPF_ERRNO__FORMAT`; `E123` when it has none. */
export function errnoCode(errno: number): string {
  return codes.get(errno) ?? LIBBPF.get(errno)?.[0] ?? `E${errno}`;
}

/** What an error number means, in a few words. */
export function errnoText(errno: number): string {
  if (errno === ENOTSUPP || errno === EOPNOTSUPP) return "operation not supported";
  return getSystemErrorMap().get(-errno)?.[1] ?? LIBBPF.get(errno)?.[1] ?? `error ${errno}`;
}

export const EPERM: number = constants.errno.EPERM;
export const ENOENT: number = constants.errno.ENOENT;
export const EACCES: number = constants.errno.EACCES;
export const EFAULT: number = constants.errno.EFAULT;
export const EINVAL: number = constants.errno.EINVAL;
export const EEXIST: number = constants.errno.EEXIST;
export const E2BIG: number = constants.errno.E2BIG;
export const ENOSPC: number = constants.errno.ENOSPC;
export const EBUSY: number = constants.errno.EBUSY;
export const ENOTDIR: number = constants.errno.ENOTDIR;
export const ESRCH: number = constants.errno.ESRCH;
export const EAGAIN: number = constants.errno.EAGAIN;
export const ENODEV: number = constants.errno.ENODEV;
export const ENOTSOCK: number = constants.errno.ENOTSOCK;
export const EBADF: number = constants.errno.EBADF;
export const EOPNOTSUPP: number = constants.errno.EOPNOTSUPP;
export const ENOSYS: number = constants.errno.ENOSYS;
export const EAFNOSUPPORT: number = constants.errno.EAFNOSUPPORT;
/** Operation is not known for this kind of map (syscall.c, `bpf_map_do_batch`). */
export const NOT_SUPPORTED: readonly number[] = [
  constants.errno.EINVAL,
  constants.errno.EOPNOTSUPP,
  ENOTSUPP,
];
