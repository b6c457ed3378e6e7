import { ClosedError } from "../errors.ts";

/**
 * A place in a buffer that views read from. All views of one record share its cursor: moving the cursor moves
 * them all, and closing it makes them all throw, so that none can touch memory that is gone.
 */
export class Cursor {
  /** The buffer, or one that throws once the cursor is closed. */
  view: DataView;
  /** Byte of the buffer where the record starts. */
  offset: number;

  constructor(view: DataView, offset: number) {
    this.view = view;
    this.offset = offset;
  }

  /** Makes every later read through this cursor a `ClosedError` about `what`. */
  close(what: string): void {
    this.view = closedView(what);
    this.offset = 0;
  }
}

/** A `DataView` whose every use is a `ClosedError` about `what`. */
export function closedView(what: string): DataView {
  return new Proxy(new DataView(new ArrayBuffer(0)), {
    get() {
      throw new ClosedError(what);
    },
  });
}
