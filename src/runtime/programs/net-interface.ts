/** Network interfaces, of the namespace that this thread is in. */
import { text } from "../arguments.ts";
import { show, wrong } from "../codec/check.ts";
import { ValueError } from "../errors.ts";
import { allocate, libc } from "../native.ts";

const IF_NAMESIZE = 16;

/**
 * The index of an interface.
 *
 * @param netInterface - its name, as in `eth0`, or its index
 * @throws {ValueError} when there is none
 */
export function interfaceIndex(netInterface: string | number): number {
  const index = typeof netInterface === "number" ? netInterface : indexOf(netInterface);
  if (isInterface(index)) return index;
  throw new ValueError(`there is no interface ${show(netInterface)}: see \`ip link\``);
}

function indexOf(name: unknown): number {
  if (typeof name !== "string") throw wrong(name, "the name or index of an interface", "netInterface");
  return libc.if_nametoindex(text(name, "netInterface"));
}

function isInterface(index: number): boolean {
  if (!Number.isInteger(index) || index <= 0 || index > 0x7fff_ffff) return false;
  return libc.if_indextoname(index, allocate(IF_NAMESIZE).address) !== null;
}
