/** Names for addresses of kernel code: /proc/kallsyms. */
import { u64 } from "../codec/check.ts";
import { TinyBpfError } from "../errors.ts";
import { readSystemFile } from "../system-file.ts";

/** A function of the kernel's, and how far into it an address is. */
export interface KernelSymbol {
  readonly name: string;
  /** As in `nf_tables`, or `bpf` for a BPF program; undefined for the kernel itself. */
  readonly module: string | undefined;
  /** Bytes from the function's start. */
  readonly offset: number;
}

/** Functions farther from an address than this do not contain it. */
const LONGEST = 1n << 20n;

/** The kernel's functions at the time of reading: modules and BPF programs come and go. */
export class KernelSymbols {
  readonly #addresses: BigUint64Array;
  /** Of each address, what stands behind it: `name`, or `name\t[module]`. */
  readonly #names: readonly string[];

  /** @param kallsyms - the text of /proc/kallsyms */
  constructor(kallsyms: string) {
    const found: { readonly address: bigint; readonly name: string }[] = [];
    // Of code only: `t` and `w` are those that are not exported, or weak.
    for (const [, address = "", name = ""] of kallsyms.matchAll(/^([0-9a-f]+) [tTwW] (.+)$/gm))
      found.push({ address: BigInt(`0x${address}`), name });
    found.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
    this.#addresses = BigUint64Array.from(found, ({ address }) => address);
    this.#names = found.map(({ name }) => name);
  }

  /** The function that an address is in; `undefined` when none is known. */
  find(address: bigint): KernelSymbol | undefined {
    const wanted = u64(address, "address");
    let [low, high] = [0, this.#addresses.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#addresses[middle] ?? 0n) <= wanted) low = middle + 1;
      else high = middle;
    }
    // Of several names for one address the first in the file's order.
    let at = low - 1;
    while (at > 0 && this.#addresses[at - 1] === this.#addresses[at]) at--;
    const start = this.#addresses[at];
    if (start === undefined || wanted - start >= LONGEST) return undefined;
    const [name = "", module] = this.#names[at]?.split(/\t/) ?? [];
    return { name, module: module?.slice(1, -1), offset: Number(wanted - start) };
  }
}

/**
 * Reads the kernel's symbols, anew with each call: it takes some tenths of a second, so keep them.
 *
 * @throws {TinyBpfError} when the kernel does not show addresses to this process
 */
export function readKernelSymbols(): KernelSymbols {
  const text = readSystemFile("/proc/kallsyms");
  if (!/^0*[1-9a-f]/m.test(text))
    throw new TinyBpfError(
      "/proc/kallsyms shows no addresses to this process: it takes CAP_SYSLOG, and kernel.kptr_restrict below 2",
    );
  return new KernelSymbols(text);
}
