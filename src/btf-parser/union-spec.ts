/** How several types of one map's events are written: `start_event=KIND_START|stop_event=KIND_STOP:kind`. */

/** Types and the field that tells them apart, as written. */
export interface UnionSpec {
  readonly alternatives: readonly AlternativeSpec[];
  /** Empty when it was not written. */
  readonly field: string;
}

/** One type, and the value of the field that stands for it. */
export interface AlternativeSpec {
  readonly type: string;
  /** An enumerator or a number; undefined when the names have to tell. */
  readonly value: string | undefined;
}

/** Reads a union's text; undefined for one that names a single type. */
export function parseUnionSpec(text: string): UnionSpec | undefined {
  if (!text.includes("|")) return undefined;
  const colon = text.lastIndexOf(":");
  const types = colon === -1 ? text : text.slice(0, colon);
  return {
    alternatives: types.split("|").map(parseAlternative),
    field: colon === -1 ? "" : text.slice(colon + 1).trim(),
  };
}

function parseAlternative(text: string): AlternativeSpec {
  const at = text.indexOf("=");
  if (at === -1) return { type: text.trim(), value: undefined };
  return { type: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
}

/** The text that {@link parseUnionSpec} reads. */
export function formatUnionSpec({ alternatives, field }: UnionSpec): string {
  const types = alternatives.map(({ type, value }) => (value === undefined ? type : `${type}=${value}`));
  return `${types.join("|")}:${field}`;
}
