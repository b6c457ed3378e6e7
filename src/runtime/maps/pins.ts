/** Files in a BPF file system that keep a map alive: libbpf looks after those of an object's maps, we after others. */
import { unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { optionalText, text } from "../arguments.ts";
import { isInBpffs } from "../bpffs.ts";
import type { BpfMapPointer } from "../c.ts";
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

/** Pins of an object's map. */
export function objectPins(map: BpfMapPointer): MapPins {
  // libbpf remembers the path of a pin that is gone, or never was, and then refuses any other.
  const forget = (): void => void libbpf.bpf_map__set_pin_path(map, null);
  return {
    pin(path, title) {
      const file = text(path, "path");
      const free = libbpf.bpf_map__pin_path(map) === null;
      try {
        check(`pin ${title} to ${file}`, () => libbpf.bpf_map__pin(map, file), pinHint);
      } catch (error) {
        if (free) forget();
        throw error;
      }
    },
    unpin(path, title) {
      const file = optionalText(path, "path");
      check(`unpin ${title}`, () => libbpf.bpf_map__unpin(map, file));
      forget();
    },
  };
}

/** Pins of a map that is only a descriptor; `pinned` is where it is pinned already. */
export function descriptorPins(fd: () => number, pinned?: string): MapPins {
  let last = pinned;
  return {
    pin(path, title) {
      const file = text(path, "path");
      check(`pin ${title} to ${file}`, () => libbpf.bpf_obj_pin(fd(), file), pinHint);
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

/** Removes a pin, and never a file of another file system (as libbpf.c, check_path). */
function unlinkPin(file: string, title: string): void {
  const operation = `unpin ${title} from ${file}`;
  try {
    if (!isInBpffs(dirname(file)))
      throw new BpfError({ operation, errno: EINVAL, hint: "The path is not in a BPF file system" });
    unlinkSync(file);
  } catch (error) {
    if (error instanceof BpfError) throw error;
    const errno = error instanceof Error && "errno" in error ? Math.abs(Number(error.errno)) : ENOENT;
    throw new BpfError({ operation, errno });
  }
}
