/**
 * The native program: fills each type with random bytes, prints every leaf, copies member by member into zeroed
 * memory with one member of each union, and prints that.
 *
 * Some bits are cleared first, which is the same whatever order it happens in, so that members of unions do not undo
 * each other: a `_Bool` is 0 or 1, since C says nothing about others; text is ASCII, since a string that is no UTF-8
 * cannot be written back; a `float` or `double` has the top bit of its exponent cleared, since JavaScript may change the
 * payload of a NaN. (Values beyond that are among the constants of c-constants.ts.)
 */
import { alternativesOf } from "./alternatives.ts";
import { type Composite, type CType, type Field, isLeftOut, valueFields } from "./model.ts";
import { type Source, type Subject, measuredTypes } from "./subjects.ts";
import { layoutExpressions } from "./c-layout.ts";

/** How often each type is filled: with ones first, then with random bytes. */
export const ROUNDS = 5;

const HELPERS = String.raw`
static unsigned long long truth_state;
static unsigned char truth_random(void) {
  truth_state ^= truth_state << 13;
  truth_state ^= truth_state >> 7;
  truth_state ^= truth_state << 17;
  return truth_state >> 24;
}
static void truth_fill(unsigned char *at, unsigned long size, int round) {
  while (size--) {
    unsigned char byte = truth_random();
    *at++ = round == 0 ? 0xff : byte % 8 == 0 ? 0 : truth_random();
  }
}
static void truth_hex(const char *before, unsigned char *at, unsigned long size) {
  printf("%s", before);
  while (size--) printf("%02x", *at++);
  printf("\n");
}
static void truth_unsigned(unsigned __int128 value) {
  char digits[40];
  int at = 40;
  digits[--at] = 0;
  do digits[--at] = '0' + (int)(value % 10); while (value /= 10);
  printf("%s\n", digits + at);
}
static void truth_signed(__int128 value) {
  if (value < 0) putchar('-');
  truth_unsigned(value < 0 ? -(unsigned __int128)value : value);
}
static void truth_bool(_Bool value) { printf(value ? "true\n" : "false\n"); }
static void truth_float(float value) {
  unsigned bits;
  memcpy(&bits, &value, 4);
  printf(value != value ? "nan\n" : "%08x\n", bits);
}
static void truth_double(double value) {
  unsigned long long bits;
  memcpy(&bits, &value, 8);
  printf(value != value ? "nan\n" : "%016llx\n", bits);
}
static void truth_text(unsigned char *at, unsigned long size) {
  printf("\"");
  while (size-- && *at) printf("%02x", *at++);
  printf("\"\n");
}
#define TRUTH_RUN(TYPE, N, SEED) do { \
  static TYPE p, q; \
  truth_state = SEED; \
  for (int round = 0; round < ${ROUNDS}; round++) { \
    truth_fill((void *)&p, sizeof p, round); \
    truth_mask_##N(&p); \
    printf("@%d %d\n", N, round); \
    truth_hex("<", (void *)&p, sizeof p); \
    truth_print_##N(&p); \
    memset((void *)&q, 0, sizeof q); \
    truth_copy_##N(&q, &p, round); \
    truth_hex(">", (void *)&q, sizeof q); \
  } \
} while (0)
`;

/** The whole source. */
export function nativeSource(source: Source): string {
  return [
    "#include <stdio.h>",
    "#include <string.h>",
    // Members are assigned one by one, also those that are const.
    "#define const",
    source.declarations,
    HELPERS,
    ...source.subjects.map(functions),
    "int main(void) {",
    ...measuredTypes(source.subjects).map((measured, index) => {
      const numbers = layoutExpressions(measured);
      const format = numbers.map(() => " %lu").join("");
      return `printf("!${index}${format}\\n", ${numbers.map((number) => `(unsigned long)${number}`).join(", ")});`;
    }),
    ...source.subjects.map(
      ({ type, seed }, index) => `TRUTH_RUN(${type.name}, ${index}, ${BigInt(seed) * 2654435761n + 1n}ULL);`,
    ),
    "return 0;",
    "}",
    "",
  ].join("\n");
}

function functions({ type }: Subject, index: number): string {
  return [
    `static void truth_mask_${index}(${type.name} *p) {`,
    mask(type, ROOT),
    "}",
    `static void truth_print_${index}(${type.name} *p) {`,
    print(type, ROOT),
    "}",
    `static void truth_copy_${index}(${type.name} *q, ${type.name} *p, int round) {`,
    copyMembers(type, ROOT),
    "}",
  ].join("\n");
}

/** A place in a value. */
interface Place {
  /** What follows `p` in C: `->m1[i0].m2`, where the first is `(*p)`. */
  readonly access: string;
  /** The same as a printf format, and the arguments it takes. */
  readonly format: string;
  readonly indices: readonly string[];
}

const ROOT: Place = { access: "", format: "", indices: [] };

function into(place: Place, field: Field): Place {
  return {
    ...place,
    access: `${place.access}.${field.name}`,
    format: `${place.format}.${field.name}`,
  };
}

/** A loop over the elements of an array. */
function loop(length: number, place: Place, body: (element: Place) => string): string {
  const index = `i${place.indices.length}`;
  const element: Place = {
    access: `${place.access}[${index}]`,
    format: `${place.format}[%d]`,
    indices: [...place.indices, index],
  };
  return `for (int ${index} = 0; ${index} < ${length}; ${index}++) {\n${body(element)}\n}`;
}

function isText(type: CType): boolean {
  return type.kind === "array" && type.element.kind === "int" && type.element.char;
}

function mask(type: CType, place: Place): string {
  const bytes = `((unsigned char *)&(*p)${place.access})`;
  switch (type.kind) {
    case "bool":
      return `*${bytes} &= 1;`;
    case "float":
      // Little-endian, as all machines are that this runs on.
      return `${bytes}[${type.size - 1}] &= 0xbf;`;
    case "array":
      return loop(type.length, place, (element) =>
        isText(type) ? `*(unsigned char *)&(*p)${element.access} &= 0x7f;` : mask(type.element, element),
      );
    case "composite":
      return valueFields(type)
        .filter(({ bits }) => bits === undefined)
        .map((field) => mask(field.type, into(place, field)))
        .join("\n");
    default:
      return "";
  }
}

function print(type: CType, place: Place): string {
  if (type.kind === "composite") {
    return valueFields(type)
      .map((field) => print(field.type, into(place, field)))
      .join("\n");
  }
  if (type.kind === "array" && !isText(type)) {
    return isLeftOut(type) ? "" : loop(type.length, place, (element) => print(type.element, element));
  }
  const path = `printf("${place.format}="${place.indices.map((index) => `, ${index}`).join("")});`;
  return `${path} ${printLeaf(type, `(*p)${place.access}`)}`;
}

function printLeaf(type: CType, access: string): string {
  switch (type.kind) {
    case "bool":
      return `truth_bool(${access});`;
    case "float":
      return type.size === 4 ? `truth_float(${access});` : `truth_double(${access});`;
    case "pointer":
      return `truth_unsigned((unsigned long long)${access});`;
    case "array":
      return `truth_text((unsigned char *)&${access}, ${type.length});`;
    default:
      // The compiler knows the sign. Only the largest type has values that __int128 has not.
      return type.kind === "int" && type.size === 16 && !type.signed
        ? `truth_unsigned(${access});`
        : `truth_signed(${access});`;
  }
}

function copy(type: CType, place: Place): string {
  if (type.kind === "composite") return copyMembers(type, place);
  if (type.kind === "array") {
    // A string ends at its first NUL; what is behind is not kept.
    if (isText(type))
      return `strncpy((char *)&(*q)${place.access}, (char *)&(*p)${place.access}, ${type.length});`;
    return isLeftOut(type) ? "" : loop(type.length, place, (element) => copy(type.element, element));
  }
  return `(*q)${place.access} = (*p)${place.access};`;
}

/** The members of a struct; of a union the one whose turn it is (alternatives.ts). */
function copyMembers(type: Composite, place: Place): string {
  if (type.of === "union") {
    const all = alternativesOf(type);
    const turn = ["round", ...place.indices, type.salt].join(" + ");
    const cases = all.map((alternative, index) => {
      const body =
        alternative.kind === "member"
          ? copy(alternative.field.type, into(place, alternative.field))
          : copyMembers(alternative.composite, place);
      return `case ${index}:\n${body}\nbreak;`;
    });
    return `switch ((${turn}) % ${Math.max(1, all.length)}) {\n${cases.join("\n")}\n}`;
  }
  return type.members
    .map(({ name, type: inner, bits }) => {
      if (name !== undefined) return copy(inner, into(place, { name, type: inner, bits }));
      return inner.kind === "composite" ? copyMembers(inner, place) : "";
    })
    .join("\n");
}
