/** What members of structs, maps, programs and global variables are called: as in C, or in camelCase. */
import { claimName } from "./names.ts";
import type { Naming } from "./options.ts";
import { isSimpleName } from "./text.ts";

/** The name in TypeScript of a member that C calls `cName`. */
export type MemberNames = (cName: string) => string;

/** Something that C has a name for. */
export interface Member {
  readonly name: string;
}

/** A member under its name in TypeScript, with the one it has in C. */
export type Renamed<T extends Member> = T & { readonly cName: string };

/** Names the members of one record, which C calls `cNames`. */
export function memberNames(naming: Naming, cNames: readonly string[]): MemberNames {
  if (naming === "c") return (cName) => cName;
  const names = camelNames(cNames);
  return (cName) => names.get(cName) ?? cName;
}

/** Members of one record under their names in TypeScript. */
export function renamed<T extends Member>(naming: Naming, members: readonly T[]): Renamed<T>[] {
  const nameOf = memberNames(
    naming,
    members.map(({ name }) => name),
  );
  return members.map((member) => ({ ...member, name: nameOf(member.name), cName: member.name }));
}

/**
 * A name that is in camelCase in C keeps it, and so do all those that become it alone; of several names that become the
 * same, the first declared gets it and the others the first free one of `exitCode2`, `exitCode3`...
 */
function camelNames(cNames: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const searched = new Map<string, number>();
  const settle = (accepts: (cName: string, wanted: string) => boolean): void => {
    for (const cName of cNames) {
      const wanted = camelMember(cName);
      if (!names.has(cName) && accepts(cName, wanted)) names.set(cName, claimName(taken, wanted, searched));
    }
  };
  settle((cName, wanted) => cName === wanted);
  settle((_cName, wanted) => !taken.has(wanted));
  settle(() => true);
  return names;
}

/**
 * `exit_code` -> `exitCode`, `a__b` -> `aB`, `u_64` -> `u64`. Underscores in front and behind stay, and so do names
 * without small letters (`MAX_SIZE`) and those that are no identifiers.
 */
export function camelMember(cName: string): string {
  if (!isSimpleName(cName) || cName === cName.toUpperCase()) return cName;
  return cName.replaceAll(/(?<=[^_])_+(?<next>[^_])/g, (_match, next: string) => next.toUpperCase());
}
