export type { Codec, CodecParts, Field, StructCodec, StructParts, ViewClass } from "./codec.ts";
export { codec, struct } from "./codec.ts";
export { Cursor } from "./cursor.ts";
export { be, le, type Codecs, type NumberInput } from "./kinds.ts";
export type { BigIntInput } from "./check.ts";
