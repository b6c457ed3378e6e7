import { visible } from "./text.ts";

/** What keeps a skeleton from being written, apart from an object that cannot be parsed. */
export class GenerateError extends Error {
  override readonly name = "GenerateError";
  /** The place in the object: `map events`, `struct exec_event`. */
  readonly place: string;

  constructor(place: string, message: string, options?: ErrorOptions) {
    super(place === "" ? message : `${visible(place)}: ${message}`, options);
    this.place = place;
  }
}
