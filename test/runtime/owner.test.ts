import { ClosedError } from "tinybpf";
import { expect, test } from "vitest";
import { Owner } from "../../src/runtime/owner.ts";

test("an owner closes what it owns, the last first, once", () => {
  const closed: string[] = [];
  const owner = new Owner("x.bpf.o");
  const thing = (name: string): { close(): void } => owner.own({ close: () => void closed.push(name) });
  thing("first");
  const second = thing("second");
  thing("third");
  expect(owner.owned).toHaveLength(3);
  owner.disown(second);
  owner.assertOpen();
  owner.close();
  owner.close();
  expect(closed).toEqual(["third", "first"]);
  expect(owner.closed).toBe(true);
  expect(owner.owned).toEqual([]);
});

test("closed, it takes nothing more", () => {
  const owner = new Owner("x.bpf.o");
  owner.close();
  expect(() => owner.own({ close: () => undefined })).toThrow(ClosedError);
  expect(() => owner.assertOpen()).toThrow("x.bpf.o is closed");
  expect(() => owner.assertOpen("map y")).toThrow("map y is closed");
});

test("what is disowned while closing is no trouble", () => {
  const owner = new Owner("x.bpf.o");
  const closed: string[] = [];
  const a = owner.own({ close: () => void closed.push("a") });
  owner.own({
    close: () => {
      closed.push("b");
      owner.disown(a);
    },
  });
  owner.close();
  expect(closed).toEqual(["b", "a"]);
});
