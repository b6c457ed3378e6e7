/** Random C types as fast-check makes and shrinks them: without names, which declare.ts gives. */
import * as fc from "fast-check";

/** Spellings of the integers, in the order in which shrinking prefers them. */
export const INTEGERS = {
  "unsigned char": { size: 1, signed: false },
  int: { size: 4, signed: true },
  "unsigned int": { size: 4, signed: false },
  char: { size: 1, signed: true },
  "signed char": { size: 1, signed: true },
  short: { size: 2, signed: true },
  "unsigned short": { size: 2, signed: false },
  long: { size: 8, signed: true },
  "unsigned long": { size: 8, signed: false },
  "long long": { size: 8, signed: true },
  "unsigned long long": { size: 8, signed: false },
  __int128: { size: 16, signed: true },
  "unsigned __int128": { size: 16, signed: false },
} as const;

export type IntegerName = keyof typeof INTEGERS;

/**
 * Declarations of pointers: `D` is the declarator, `SELF` the struct or union around it all, `OTHER` one without a
 * definition.
 */
export const POINTERS = [
  "void *D",
  "SELF *D",
  "struct OTHER *D",
  "union OTHER_union *D",
  "enum OTHER_enum *D",
  "int (*D)(int, SELF *)",
  "void (*D)(void)",
  "const char *const *D",
  "unsigned long long *restrict D",
  "int (*D)[3]",
  'int __attribute__((btf_type_tag("user"))) *D',
  'SELF __attribute__((btf_type_tag("rcu"))) *volatile D',
] as const;

export type PointerForm = (typeof POINTERS)[number];

/** Names that mean something to JavaScript, to generated code, or to views and codecs. */
const ODD_NAMES = [
  "__proto__", "constructor", "toString", "hasOwnProperty", "then", "valueOf", "v", "o", "x", "at", "view",
  "this", "class", "await", "bits", "name", "size", "length",
] as const; // prettier-ignore

/** Where a type is written: with a tag, as a typedef without one, or in the declaration that uses it. */
export type Place = "tag" | "typedef" | "inline";

export type RandomType =
  | { readonly kind: "int"; readonly name: IntegerName }
  | { readonly kind: "bool" }
  | { readonly kind: "float"; readonly size: 4 | 8 }
  | RandomEnum
  | { readonly kind: "pointer"; readonly form: PointerForm }
  | { readonly kind: "array"; readonly lengths: readonly number[]; readonly element: RandomType }
  | { readonly kind: "alias"; readonly steps: readonly AliasStep[]; readonly type: RandomType }
  /** A struct, union or enum that was declared before, if there is one. */
  | { readonly kind: "again"; readonly which: number }
  | RandomComposite;

export type AliasStep = "typedef" | "const" | "volatile" | "const volatile";

export interface RandomEnum {
  readonly kind: "enum";
  readonly place: Place;
  /** `__attribute__((packed))`: as small as possible. */
  readonly packed: boolean;
  readonly values: readonly bigint[];
}

export interface RandomComposite {
  readonly kind: "composite";
  readonly of: "struct" | "union";
  readonly place: Place;
  readonly packed: boolean;
  readonly aligned: number | undefined;
  readonly members: readonly RandomMember[];
}

export type RandomMember =
  | {
      readonly kind: "field";
      readonly type: RandomType;
      /** Its name, if it is not taken. */
      readonly name: string | undefined;
      readonly packed: boolean;
      readonly aligned: number | undefined;
      /** Through `typedef ... __attribute__((aligned(n)))`, which may also make it smaller. */
      readonly typedefAligned: number | undefined;
    }
  /** `size` is folded into the widths that the type allows. */
  | {
      readonly kind: "bits";
      readonly type: RandomType;
      readonly size: number;
      readonly packed: boolean;
      readonly aligned: number | undefined;
    }
  /** A bitfield without a name; 0 ends the storage unit. */
  | { readonly kind: "padding"; readonly name: IntegerName; readonly size: number }
  /** A struct or union without a name. */
  | { readonly kind: "anonymous"; readonly type: RandomComposite };

/** A whole test: the type, and where its values come from. */
export interface RandomProgram {
  readonly seed: number;
  readonly root: RandomComposite;
  /** The element of a flexible array at the end. */
  readonly flexible: RandomType | undefined;
}

function rarely(times: number): fc.Arbitrary<boolean> {
  return fc.nat(times - 1).map((n) => n === times - 1);
}

/** Something once in `times`. */
function seldom<T>(arbitrary: fc.Arbitrary<T>, times: number): fc.Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: times - 1 }, { arbitrary, weight: 1 });
}

const alignments = fc.constantFrom(1, 2, 4, 8, 16, 32, 64);

const integer = fc
  .constantFrom(...(Object.keys(INTEGERS) as IntegerName[]))
  .map((name): RandomType => ({ kind: "int", name }));

const enumerators = fc.array(
  fc.oneof(
    fc.constantFrom(0n, 1n, 1n, 2n, 127n, 128n, 255n, 256n, 65535n, 65536n, 2n ** 31n - 1n, 2n ** 31n),
    fc.constantFrom(-1n, -1n, -128n, -129n, -32769n, -(2n ** 31n), -(2n ** 31n) - 1n, -(2n ** 63n)),
    fc.constantFrom(
      2n ** 32n - 1n,
      2n ** 32n,
      2n ** 53n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
      2n ** 63n,
      2n ** 64n - 1n,
    ),
  ),
  { minLength: 1, maxLength: 4 },
);
const smallEnumerators = fc.array(fc.constantFrom(0n, 1n, 2n, 2n, 3n, 100n), { minLength: 1, maxLength: 4 });

const place = fc.constantFrom<Place[]>("tag", "typedef", "inline");

const enumeration: fc.Arbitrary<RandomEnum> = fc.record({
  kind: fc.constant("enum"),
  place,
  packed: rarely(4),
  values: fc.oneof(smallEnumerators, enumerators),
});

const scalar: fc.Arbitrary<RandomType> = fc.oneof(
  { arbitrary: integer, weight: 6 },
  { arbitrary: fc.constant<RandomType>({ kind: "bool" }), weight: 1 },
  {
    arbitrary: fc.constantFrom<RandomType[]>({ kind: "float", size: 4 }, { kind: "float", size: 8 }),
    weight: 1,
  },
  { arbitrary: enumeration, weight: 2 },
  {
    arbitrary: fc.constantFrom(...POINTERS).map((form): RandomType => ({ kind: "pointer", form })),
    weight: 2,
  },
);

/** What most arrays are. */
const text: fc.Arbitrary<RandomType> = fc.record({
  kind: fc.constant("array"),
  lengths: fc.tuple(fc.integer({ min: 1, max: 40 })),
  element: fc.constant<RandomType>({ kind: "int", name: "char" }),
});

const aliasSteps = fc.array(fc.constantFrom<AliasStep[]>("typedef", "const", "volatile", "const volatile"), {
  minLength: 1,
  maxLength: 4,
});

/** What bitfields can be of. */
const bitfieldBase: fc.Arbitrary<RandomType> = fc.oneof(
  { arbitrary: integer, weight: 6 },
  { arbitrary: fc.constant<RandomType>({ kind: "bool" }), weight: 1 },
  { arbitrary: enumeration, weight: 2 },
  {
    arbitrary: fc.record({ kind: fc.constant("alias"), steps: aliasSteps, type: integer }),
    weight: 1,
  },
);

const { type, root } = fc.letrec<{
  type: RandomType;
  composite: RandomComposite;
  root: RandomComposite;
  member: RandomMember;
}>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthIdentifier: "type" },
    { arbitrary: scalar, weight: 14 },
    { arbitrary: fc.record({ kind: fc.constant("again"), which: fc.nat(7) }), weight: 1 },
    {
      arbitrary: fc.record({
        kind: fc.constant("array"),
        lengths: fc.array(
          fc.oneof(
            { arbitrary: fc.integer({ min: 1, max: 4 }), weight: 9 },
            { arbitrary: fc.constant(0), weight: 1 },
          ),
          { minLength: 1, maxLength: 3 },
        ),
        element: tie("type"),
      }),
      weight: 4,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant("array"),
        lengths: fc.tuple(fc.integer({ min: 5, max: 40 })),
        element: scalar,
      }),
      weight: 2,
    },
    { arbitrary: text, weight: 2 },
    {
      arbitrary: fc.record({ kind: fc.constant("alias"), steps: aliasSteps, type: tie("type") }),
      weight: 3,
    },
    { arbitrary: tie("composite"), weight: 4 },
  ),
  composite: fc.record({
    kind: fc.constant("composite"),
    of: fc.constantFrom<("struct" | "union")[]>("struct", "struct", "union"),
    place,
    packed: rarely(6),
    aligned: seldom(alignments, 7),
    members: fc.array(tie("member"), { maxLength: 6, depthIdentifier: "type" }),
  }),
  // The same with more members, seldom none.
  root: fc.record({
    kind: fc.constant("composite"),
    of: fc.constantFrom<("struct" | "union")[]>("struct", "struct", "struct", "union"),
    place: fc.constant("tag"),
    packed: rarely(7),
    aligned: seldom(alignments, 7),
    members: fc.oneof(
      { arbitrary: fc.array(tie("member"), { minLength: 1, maxLength: 10, size: "medium" }), weight: 30 },
      { arbitrary: fc.constant([]), weight: 1 },
    ),
  }),
  member: fc.oneof(
    {
      arbitrary: fc.record({
        kind: fc.constant("field"),
        type: tie("type"),
        name: seldom(fc.constantFrom(...ODD_NAMES), 12),
        packed: rarely(12),
        aligned: seldom(alignments, 12),
        typedefAligned: seldom(alignments, 20),
      }),
      weight: 10,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant("bits"),
        type: bitfieldBase,
        size: fc.nat(127),
        packed: rarely(12),
        aligned: seldom(alignments, 16),
      }),
      weight: 5,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant("padding"),
        name: fc.constantFrom(...(Object.keys(INTEGERS) as IntegerName[])),
        size: fc.oneof(fc.constant(0), fc.nat(127)),
      }),
      weight: 2,
    },
    { arbitrary: fc.record({ kind: fc.constant("anonymous"), type: tie("composite") }), weight: 2 },
  ),
}));

/** Random programs. */
export const randomProgram: fc.Arbitrary<RandomProgram> = fc.record({
  seed: fc.nat(2 ** 31 - 1),
  root,
  flexible: seldom(type, 10),
});
