/** The running kernel's BTF. */
import { readFileSync } from "node:fs";
import { type Btf, parseBtf, type ParseBtfOptions } from "./btf.ts";
import { BtfParseError } from "./errors.ts";

/**
 * Reads the running kernel's BTF, or with a path that of one of its modules.
 *
 * @throws {@link BtfParseError} when the file cannot be read (its `cause` says why) or is no BTF
 *
 * @example
 * ```ts
 * const kernel = loadKernelBtf();
 * const module = loadKernelBtf("/sys/kernel/btf/nf_tables", { base: kernel });
 * ```
 */
export function loadKernelBtf(path: string = "/sys/kernel/btf/vmlinux", options: ParseBtfOptions = {}): Btf {
  return parseBtf(readBytes(path), options);
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new BtfParseError(`cannot read ${path}; a kernel has it when built with CONFIG_DEBUG_INFO_BTF`, {
      cause,
    });
  }
}
