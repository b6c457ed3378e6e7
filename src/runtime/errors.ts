/** Every error that the runtime throws on purpose. Recognise them by `name` across realms and bundles. */

/** The base of all errors here. */
export class TinyBpfError extends Error {
  override readonly name: string = "TinyBpfError";
}

/** Something was used after it was closed, or after what owns it was. */
export class ClosedError extends TinyBpfError {
  override readonly name = "ClosedError";

  constructor(what: string) {
    super(`${what} is closed`);
  }
}

/** A value that does not fit its C type. `path` names the place, as in `limits[2].max`. */
export class ValueError extends TinyBpfError {
  override readonly name = "ValueError";
  /** Where in the value: `config.limits[2].max`; empty when it is the value itself. */
  readonly path: string;
  /** What is wrong, without the path. */
  readonly reason: string;

  constructor(reason: string, path = "") {
    super(path === "" ? reason : `${path}: ${reason}`);
    this.path = path;
    this.reason = reason;
  }

  /** `error` seen from one level further out; anything but a `ValueError` is passed through. */
  static within(error: unknown, outer: string): unknown {
    if (!(error instanceof ValueError) || outer === "") return error;
    const joint = error.path === "" || error.path.startsWith("[") ? "" : ".";
    return new ValueError(error.reason, outer + joint + error.path);
  }
}
