import { expect, test } from "vitest";
import { WaitQueue } from "../../../src/runtime/streams/wait-queue.ts";

test("who cannot be woken does not wait", () => {
  let fails = true;
  const served: string[] = [];
  const queue = new WaitQueue({
    start() {
      if (fails) throw new Error("no room");
    },
    stop() {},
  });
  const waiting = (name: string): Parameters<WaitQueue["add"]>[0] => ({
    serve() {
      served.push(name);
      return true;
    },
    fail() {},
    end() {},
  });
  expect(() => queue.add(waiting("first"))).toThrow("no room");
  expect(queue.empty).toBe(true);
  fails = false;
  queue.add(waiting("second"));
  queue.serve();
  expect(served).toEqual(["second"]);
});
