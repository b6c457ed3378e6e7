/** Where in a buffer generated code reads or writes. */

/** A `DataView` expression and a byte in it: an expression and a distance from it. */
export interface Place {
  readonly view: string;
  /** Empty when the distance counts from the start of the view. */
  readonly base: string;
  readonly offset: number;
}

/** The byte as an expression: `o + 8`, `o` or `8`. */
export function at(place: Place): string {
  if (place.base === "") return String(place.offset);
  return place.offset === 0 ? place.base : `${place.base} + ${place.offset}`;
}

/** The place `bytes` further on. */
export function further(place: Place, bytes: number): Place {
  return { ...place, offset: place.offset + bytes };
}

/** In a codec's `read: (v, o) =>` and `write: (v, o, x) =>`. */
export const IN_CODEC: Place = { view: "v", base: "o", offset: 0 };
