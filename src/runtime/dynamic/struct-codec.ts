/** The codec of a struct or union, out of those of its members. */
import { members as checkMembers } from "../codec/check.ts";
import { type Field, struct, writeField } from "../codec/codec.ts";
import type { AnyStruct } from "../codec/event-union.ts";
import { zero } from "../codec/numbers.ts";
import {
  type Alternative,
  lifted,
  member,
  type LiftedCodec,
  withUnion,
  writeUnion,
} from "../codec/unions.ts";
import type { AnyCodec } from "../codec/value-type.ts";
import { named } from "../named.ts";
import { allMembers, type Choice, type MemberSlot, type StructMembers, type UnionSlot } from "./members.ts";
import { viewClass } from "./view-class.ts";

type Struct = StructMembers<AnyCodec>;
type Slot = MemberSlot<AnyCodec>;

/** Completes the codec that C calls `name`. */
export function structCodec(name: string, shape: Struct): AnyStruct {
  const all = allMembers(shape);
  const fields = fieldsOf(all, shape);
  // How many members a value with unions has depends on what is in them.
  const count = shape.unions.length > 0 ? 0 : all.length;
  const { read, write } = accessOf(shape);
  const cleared = clearing(shape);
  return struct<object, object, object>({
    name,
    size: shape.size,
    align: shape.align,
    fields,
    View: viewClass(all),
    read,
    write: (view, at, value) => {
      checkMembers(value, count, fields);
      cleared(view, at);
      write(view, at, value);
    },
  });
}

/** Where each member lies; those that are left out have a place, but no value. */
function fieldsOf(all: readonly Slot[], { leftOut, members }: Struct): Readonly<Record<string, Field>> {
  const own = new Set(members);
  const fields = new Map<string, Field>(
    all.map((slot) => {
      const { name, offset, size, bits, type } = slot;
      const place = bits === undefined ? { offset, size, type } : { offset, size, type, bits };
      return [name, own.has(slot) ? place : { ...place, inUnion: true }];
    }),
  );
  for (const { name, offset, ofKernel } of leftOut)
    if (name !== "" && !all.some((each) => each.name === name))
      fields.set(
        name,
        ofKernel === undefined
          ? { offset, size: 0 }
          : { offset, size: ofKernel.size, ofKernel: ofKernel.type },
      );
  return named(fields);
}

/** Reads and writes the members of `shape`, whose places count from byte `origin`. It checks and clears nothing. */
function accessOf(shape: Struct, origin = shape.offset): LiftedCodec<object> {
  const own = ownMembers(shape.members, origin);
  const unions = shape.unions.map((union) => unionAt(union, origin));
  if (unions.length === 0) return own;
  return {
    read: (view, at) => {
      let value = own.read(view, at);
      for (const { offset, size, alternatives } of unions)
        value = withUnion<object>(value, view, at + offset, size, alternatives);
      return value;
    },
    write: (view, at, value) => {
      own.write(view, at, value);
      for (const { offset, size, alternatives } of unions)
        writeUnion(view, at + offset, size, value, alternatives);
    },
  };
}

function unionAt({ offset, size, choices }: UnionSlot<AnyCodec>, origin: number) {
  return { offset: offset - origin, size, alternatives: choices.map((each) => alternative(each, offset)) };
}

function alternative(choice: Choice<AnyCodec>, union: number): Alternative {
  if (choice.kind === "member") return member(choice.member.name, choice.member.inUnion);
  const names = allMembers(choice.members).map(({ name }) => name);
  return lifted(names, accessOf(choice.members, union));
}

/** Members outside of unions, in the order of declaration. */
function ownMembers(slots: readonly Slot[], origin: number): LiftedCodec<object> {
  const steps = slots.map(({ name, offset, type }): Step => ({ name, at: offset - origin, type }));
  const parts = inFours(steps);
  // An object that has all members already takes values without changing its hidden class, and `__proto__` as any other.
  const template: object = named(steps.map(({ name }) => [name, undefined]));
  return {
    read: (view, at) => {
      const value: Record<string, unknown> = { ...template };
      for (const part of parts) part(value, view, at);
      return value;
    },
    write: (view, at, value) => {
      for (const step of steps)
        writeField(view, at + step.at, Reflect.get(value, step.name) as never, step.type, step.name);
    },
  };
}

/** Makes the bytes 0 which no member writes whole. */
function clearing(shape: Struct): (view: DataView, at: number) => void {
  const whole = [...shape.members.filter(({ bits }) => bits === undefined), ...shape.unions].toSorted(
    (a, b) => a.offset - b.offset,
  );
  const gaps: { readonly offset: number; readonly size: number }[] = [];
  let end = shape.offset;
  for (const { offset, size } of whole) {
    if (offset > end) gaps.push({ offset: end, size: offset - end });
    end = Math.max(end, offset + size);
  }
  if (shape.offset + shape.size > end) gaps.push({ offset: end, size: shape.offset + shape.size - end });
  return (view, at) => {
    for (const gap of gaps) zero(view, at + gap.offset, gap.size);
  };
}

/** A member outside of unions, at its place. */
interface Step {
  readonly name: string;
  readonly at: number;
  readonly type: AnyCodec;
}

type Part = (value: Record<string, unknown>, view: DataView, at: number) => void;

/** Members four by four, each read at a place of its own in the code: V8 specialises those, and a loop not. */
function inFours(steps: readonly Step[]): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < steps.length; i += 4) parts.push(readFour(steps.slice(i, i + 4)));
  return parts;
}

function readFour([a, b, c, d]: readonly Step[]): Part {
  if (a === undefined) return () => {};
  const { name: nameA, at: atA } = a;
  const { read: readA } = a.type;
  if (b === undefined)
    return (value, view, at) => {
      value[nameA] = readA(view, at + atA);
    };
  const { name: nameB, at: atB } = b;
  const { read: readB } = b.type;
  if (c === undefined)
    return (value, view, at) => {
      value[nameA] = readA(view, at + atA);
      value[nameB] = readB(view, at + atB);
    };
  const { name: nameC, at: atC } = c;
  const { read: readC } = c.type;
  if (d === undefined)
    return (value, view, at) => {
      value[nameA] = readA(view, at + atA);
      value[nameB] = readB(view, at + atB);
      value[nameC] = readC(view, at + atC);
    };
  const { name: nameD, at: atD } = d;
  const { read: readD } = d.type;
  return (value, view, at) => {
    value[nameA] = readA(view, at + atA);
    value[nameB] = readB(view, at + atB);
    value[nameC] = readC(view, at + atC);
    value[nameD] = readD(view, at + atD);
  };
}
