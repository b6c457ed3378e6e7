/** What is found out about an object before anything is written: quick, and the same when nothing will be. */
import type { BpfObject, Btf } from "tinybpf-btf";
import { emptyBtf } from "./empty-btf.ts";
import { type EventTypes, findEventTypes } from "./events.ts";
import type { SkeletonOptions } from "./options.ts";
import { type SelectedTypes, selectTypes } from "./select-types.ts";

/** An object's types, and which of them the options ask for. */
export interface Analysis {
  readonly btf: Btf;
  readonly events: EventTypes;
  readonly selected: SelectedTypes;
}

/** Looks into `object`, and tells `options.onWarning` what its author will want to know. */
export function analyse(object: BpfObject, options: SkeletonOptions): Analysis {
  const btf = object.btf ?? emptyBtf();
  const events = findEventTypes(object, btf, new Map(Object.entries(options.events ?? {})));
  for (const warning of events.warnings) options.onWarning?.(warning);
  return { btf, events, selected: selectTypes(btf, options.types ?? []) };
}
