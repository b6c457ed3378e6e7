/** All candidates by name. */
import { byHand } from "./by-hand.ts";
import type { Operation } from "./candidate.ts";
import { generated } from "./generated.ts";
import { runTime } from "./run-time.ts";
import type { StructName } from "./values.ts";
import { withKoffi } from "./with-koffi.ts";
import { withProtobuf } from "./with-protobuf.ts";

const candidates = {
  "hand-written": byHand,
  generated,
  "run-time": runTime,
  koffi: withKoffi,
  "protobuf-es": withProtobuf,
} as const;

export type CandidateName = keyof typeof candidates;

export const CANDIDATES: readonly CandidateName[] = Object.keys(candidates) as CandidateName[];

/** The operations that a candidate has for a struct. */
export function operationsOf(
  candidate: CandidateName,
  struct: StructName,
): Readonly<Record<string, Operation>> {
  return candidates[candidate](struct);
}
