/** What must not compile about unions. Nothing here runs. */
import type { AddressInput, LiftedInput, Unions } from "../golden/unions.skel.ts";

export const one: AddressInput = { path: "/run/socket" };
export const other: AddressInput = { v4: { addr: 1, port: 2 } };
// @ts-expect-error a union takes one member
export const two: AddressInput = { path: "/run/socket", v4: { addr: 1, port: 2 } };
// @ts-expect-error a union takes one member
export const none: AddressInput = {};
// @ts-expect-error there is no such member
export const unknown: AddressInput = { v5: 1 };

const own = { before: 1, x: 2, y: 3, after: 4 };
export const lifted: LiftedInput = { ...own, id: 5n };
export const struct: LiftedInput = { ...own, lo: 5, hi: 6 };
// @ts-expect-error half of the struct in the union
export const half: LiftedInput = { ...own, lo: 5 };
// @ts-expect-error of two alternatives at once
export const mixed: LiftedInput = { ...own, id: 5n, lo: 5, hi: 6 };
// @ts-expect-error none of the alternatives
export const missing: LiftedInput = own;

export function whatWasReadCanBeWritten(unions: Unions): void {
  for (const [key, value] of unions.maps.endpoints) {
    unions.maps.endpoints.set(key, value);
    const port: number = key.address.v4.port;
    unions.maps.endpoints.set({ family: 1, address: { v4: { addr: 1, port } } }, { ...own, deep_byte: 1 });
  }
}
