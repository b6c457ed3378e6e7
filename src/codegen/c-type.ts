/** What is known of a C type once it is one of TypeScript's. */
import { pascalCase } from "./names.ts";
import type { Place } from "./place.ts";

/** A C type in TypeScript. What has side effects on the module's imports and constants is a function. */
export interface CType {
  /** Bytes. */
  readonly size: number;
  /** The type that reading gives. */
  readonly read: string;
  /** The type that writing accepts. */
  input(): string;
  /** An expression for its codec. */
  codec(): string;
  /** An expression that reads it in place. */
  get(place: Place): string;
  /** A statement that writes the expression `value`; `field` is a string literal for messages. */
  set(place: Place, value: string, field: string): string;
  /** The name of the codec where it is a constant of the module already, as those of arrays are. */
  constant?(): string;
  /** For structs and unions: the class that views them in place. */
  readonly view?: string;
  /** For arrays. */
  readonly arrayView?: ArrayViewType;
}

/** How an array is viewed. */
export interface ArrayViewType {
  /** The type of the view. */
  type(): string;
  /** An expression that makes one, at a place behind a cursor. */
  get(cursor: Place): string;
}

/** Why a type is left out. */
export interface LeftOut {
  readonly leftOut: string;
}

/** The name of the constant for a member: the struct's name and the member's. */
export function constantName(owner: string, member: string): string {
  return owner + pascalCase(member);
}
