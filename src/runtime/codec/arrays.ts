/** Codecs of arrays. Their views read single elements in place. */
import { ValueError } from "../errors.ts";
import { ArrayView, type ArrayLayout } from "./array-view.ts";
import { codec, type ArrayCodec, type Codec, type CodecParts, type StructCodec } from "./codec.ts";
import type { Cursor } from "./cursor.ts";
import { setElements } from "./elements.ts";
import { NUMBER_ARRAYS, type NumberArrays, type NumberInput } from "./number-arrays.ts";
import type { AnyCodec } from "./value-type.ts";

/** What an element of a number array is. */
export type NumberOutput<K extends keyof NumberArrays> = K extends "u64" | "i64" ? bigint : number;

/** Completes the codec of an array of `length` elements, of which `element` reads one in place. */
export function arrayCodec<T, I, E>(
  parts: CodecParts<T, I>,
  length: number,
  element: ArrayLayout<E, T>["element"],
  label = "",
): ArrayCodec<T, I, E> {
  const { name, size, read } = parts;
  const layout: ArrayLayout<E, T> = { name, label, length, stride: size / length, element, copy: read };
  return { ...codec<T, I>(parts), viewAt: (cursor, at) => new ArrayView(cursor, at, layout) };
}

/** An array of numbers, which is a typed array when it is read. */
export function numbers<K extends keyof NumberArrays>(
  kind: K,
  count: number,
  element: Codec<NumberOutput<K>, NumberInput<K>>,
  little: boolean,
): ArrayCodec<NumberArrays[K], ArrayLike<NumberInput<K>>, NumberOutput<K>> {
  const { size, read } = element;
  const { get, set } = NUMBER_ARRAYS[kind];
  return arrayCodec<NumberArrays[K], ArrayLike<NumberInput<K>>, NumberOutput<K>>(
    {
      name: `${element.name}[${count}]`,
      size: count * size,
      align: element.align,
      type: { kind: "array", element, length: count },
      read: (view, at) => get(view, at, count, little),
      write: (view, at, values) => set(view, at, count, values, little),
    },
    count,
    (cursor, at) => read(cursor.view, cursor.offset + at),
  );
}

/** An array of anything else. `label` is how errors call it when an element cannot be read. */
export function array<T, I>(
  element: Codec<T, I>,
  count: number,
  label = "",
): ArrayCodec<T[], readonly I[], never> {
  const { size: stride, read, write } = element;
  return arrayCodec<T[], readonly I[], never>(
    {
      name: arrayName(element.name, count),
      size: count * stride,
      align: element.align,
      type: { kind: "array", element, length: count },
      read: (view, at) => {
        const values: T[] = [];
        try {
          for (let i = 0; i < count; i++) values.push(read(view, at + i * stride));
        } catch (error) {
          throw ValueError.unnamedWithin(error, `${label}[${values.length}]`);
        }
        return values;
      },
      write: (view, at, values) => setElements(view, at, count, stride, values, write),
    },
    count,
    // The overloads of `array` in kinds.ts say what an element is: the view that its codec makes, or its value.
    elementOf(element) as ArrayLayout<never, T[]>["element"],
    label,
  );
}

/** Reads a value in place: structs and arrays as views, which share the cursor, anything else as it is. */
export function elementOf(element: AnyCodec): (cursor: Cursor, at: number) => unknown {
  if (isStruct(element)) return (cursor, at) => new element.View(cursor, at);
  if (isArray(element)) return (cursor, at) => element.viewAt(cursor, at);
  return (cursor, at) => element.read(cursor.view, cursor.offset + at);
}

/** Whether a codec is that of a struct or union. */
export function isStruct(element: AnyCodec): element is StructCodec<unknown, never> {
  return "View" in element;
}

function isArray(element: AnyCodec): element is ArrayCodec<unknown, never, unknown> {
  return "viewAt" in element;
}

/** As C spells it: the outer dimension comes first. */
function arrayName(element: string, count: number): string {
  return element.replace(/\[|$/, (rest) => `[${count}]${rest}`);
}
