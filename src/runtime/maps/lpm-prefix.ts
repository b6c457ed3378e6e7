/** Prefixes of IP addresses as text: "10.0.0.0/8", "2001:db8::/32". */
import { isIPv4, isIPv6 } from "node:net";
import { text } from "../arguments.ts";
import { show } from "../codec/check.ts";
import { ValueError } from "../errors.ts";

/** A prefix: its length in bits, and the address, whose bits behind the prefix are 0. */
export interface Prefix {
  readonly length: number;
  readonly address: Uint8Array;
}

/**
 * Reads a prefix; an address alone is a prefix of its whole length. Bits behind the prefix are cleared.
 *
 * @throws {ValueError} when it is none
 */
export function parsePrefix(prefix: string): Prefix {
  const [, host = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text(prefix, "prefix")) ?? [];
  const address = isIPv4(host) ? parseIPv4(host) : isIPv6(host) ? parseIPv6(host) : undefined;
  if (address === undefined || host.includes("%"))
    throw new ValueError(`${show(prefix)} is no prefix such as "10.0.0.0/8" or "2001:db8::/32"`);
  const length = bits === undefined ? address.length * 8 : Number(bits);
  if (length > address.length * 8)
    throw new ValueError(`${show(prefix)}: the address has only ${address.length * 8} bits`);
  for (let i = 0; i < address.length; i++) {
    const kept = Math.min(Math.max(length - i * 8, 0), 8);
    address[i] = (address[i] ?? 0) & (0xff00 >> kept);
  }
  return { length, address };
}

function parseIPv4(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}

function parseIPv6(address: string): Uint8Array {
  // The last 32 bits may be written as an IPv4 address.
  const hexadecimal = address.replace(/[\d.]+\.[\d.]+$/, (ipv4) => {
    const [a = 0, b = 0, c = 0, d = 0] = parseIPv4(ipv4);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [left = "", right] = hexadecimal.split("::");
  const head = groupsOf(left);
  const tail = groupsOf(right ?? "");
  const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(part: string): number[] {
  return part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
}

/** The text of a prefix: IPv4 of 4 bytes, IPv6 of 16 as RFC 5952 writes it. */
export function formatPrefix({ length, address }: Prefix): string {
  return `${address.length === 4 ? address.join(".") : formatIPv6(address)}/${length}`;
}

function formatIPv6(address: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0),
  );
  let best = { start: 0, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end++;
    // Of runs of the same length the first; a single 0 is written out.
    if (end - start > best.length) best = { start, length: end - start };
  }
  if (best.length < 2) return hex(groups);
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`;
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}
