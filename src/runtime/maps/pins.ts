/**
 * Files in a BPF file system that keep a map alive. libbpf's own functions (bpf_map__pin) keep account of one pin for each map
 * of an object, and take that for pinned whose file somebody else has removed.
 */
import { existsSync, mkdirSync, statfsSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { optionalText, text } from "../arguments.ts";
import { EINVAL, ENOENT } from "../errno.ts";
import { BpfError, TinyBpfError } from "../errors.ts";
import { check } from "../log.ts";
import { libbpf } from "../native.ts";
import { pinHint } from "../pin-hint.ts";

/** Pins and unpins one map. */
export interface MapPins {
  pin(path: string, title: string): void;
  /** Without a path, where it was pinned last. */
  unpin(path: string | undefined, title: string): void;
}

/** Pins of the map with the descriptor `fd`; `pinned` is where it is pinned already. */
export function descriptorPins(fd: () => number, pinned?: string): MapPins {
  let last = pinned;
  return {
    pin(path, title) {
      const file = text(path, "path");
      const own = fd();
      makeFolder(dirname(file));
      check(`pin ${title} to ${file}`, () => libbpf.bpf_obj_pin(own, file), pinHint(file));
      last = file;
    },
    unpin(path, title) {
      const file = optionalText(path, "path") ?? last;
      if (file === undefined) throw new TinyBpfError(`${title} is not pinned: say which path to remove`);
      unlinkPin(file, title);
      if (file === last) last = undefined;
    },
  };
}

/** As libbpf does for programs and links (libbpf.c, make_parent_dir), but in a BPF file system only. */
function makeFolder(folder: string): void {
  try {
    if (!existsSync(folder) && isBpfFs(dirname(folder))) mkdirSync(folder, { mode: 0o700 });
  } catch {
    // Pinning says why it cannot be.
  }
}

/** linux/magic.h */
const BPF_FS_MAGIC = 0xcafe_4a11;

function isBpfFs(folder: string): boolean {
  return statfsSync(folder).type === BPF_FS_MAGIC;
}

/** Removes a pin, and never a file of another file system (as libbpf.c, check_path). */
function unlinkPin(file: string, title: string): void {
  const operation = `unpin ${title} from ${file}`;
  try {
    if (!isBpfFs(dirname(file)))
      throw new BpfError({ operation, errno: EINVAL, hint: "The path is not in a BPF file system" });
    unlinkSync(file);
  } catch (error) {
    if (error instanceof BpfError) throw error;
    const errno = error instanceof Error && "errno" in error ? Math.abs(Number(error.errno)) : ENOENT;
    throw new BpfError({ operation, errno });
  }
}
