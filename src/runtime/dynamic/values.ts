/** Values whose types are known at run time only. */

/** What reading a C type can give; see README, "C to TypeScript". */
export type DynamicValue =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | DynamicValue[]
  | DynamicStruct;

/** A struct or union: its members by their names in C. Which ones it has, nobody knows before it runs. */
export interface DynamicStruct {
  [member: string]: DynamicValue;
}

/** What writing a value of any C type accepts: checked against the type when it is written. */
export type DynamicInput = number | bigint | boolean | string | object;

/** A class, to tell objects apart by. */
export type AnyClass = abstract new (...args: never[]) => object;
