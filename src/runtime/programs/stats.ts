/** Statistics of programs: the kernel counts only while somebody asks it to. */
import { permissionHint } from "../capabilities.ts";
import { EINVAL, EPERM } from "../errno.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import { check } from "../log.ts";
import { libbpf, libc } from "../native.ts";
import { atThreadExit } from "../thread-exit.ts";

// enum bpf_stats_type
const BPF_STATS_RUN_TIME = 0;

/** Keeps the kernel counting, until it is closed. */
export interface ProgramStats extends Disposable {
  readonly closed: boolean;
  /** Stops counting, unless somebody else has it counted. Closing twice is fine. */
  close(): void;
}

/**
 * Has the kernel count how often and how long every program runs (`program.info`), at a cost of tens of nanoseconds a run.
 *
 * @throws {BpfError} when the kernel refuses: it must be Linux 5.8 or later, and this process have CAP_SYS_ADMIN
 */
export function enableStats(): ProgramStats {
  const fd = check("enable program statistics", () => libbpf.bpf_enable_stats(BPF_STATS_RUN_TIME), hint);
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    unwatch();
    libc.close(fd);
  };
  const unwatch = atThreadExit(close);
  return {
    get closed() {
      return closed;
    },
    close,
    [Symbol.dispose]: close,
  };
}

function hint(errno: number): string | undefined {
  if (errno === EPERM) return permissionHint(["CAP_SYS_ADMIN"]);
  return errno === EINVAL ? missingFromKernel("Statistics of programs", [], "5.8") : undefined;
}
