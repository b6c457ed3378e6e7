import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ClosedError } from "../../src/runtime/errors.ts";
import { type Watch, watch } from "../../src/runtime/watch.ts";
import { compileRuntime, type CompiledRuntime } from "./compiled.ts";

const folder = mkdtempSync(join(tmpdir(), "tinybpf-watch-"));
const path = join(folder, "fifo");
execFileSync("mkfifo", [path]);
afterAll(() => rmSync(folder, { recursive: true }));

let runtime: CompiledRuntime;
beforeAll(() => {
  runtime = compileRuntime();
});
afterAll(() => runtime.remove());

const prologue = `
  import { openSync, readSync, writeSync } from "node:fs";
  import { watch } from "%runtime%/watch.js";
  const fd = openSync(${JSON.stringify(path)}, "r+");
`;

let fd: number;
let watching: Watch | undefined;

beforeEach(() => {
  // Both ends in one: it can be made readable and be emptied again.
  fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
});

afterEach(() => {
  watching?.close();
  watching = undefined;
  closeSync(fd);
});

const empty = (): number => readSync(fd, Buffer.alloc(64));
const fill = (): number => writeSync(fd, "x");

test("calls back once for each time the descriptor becomes readable and is emptied", async () => {
  let calls = 0;
  await new Promise<void>((resolve) => {
    watching = watch(fd, () => {
      empty();
      calls++;
      if (calls === 3) resolve();
      else fill();
    });
    watching.start();
    watching.ref();
    fill();
  });
  expect(calls).toBe(3);
});

test("calls back again and again while it stays readable", async () => {
  await new Promise<void>((resolve) => {
    let calls = 0;
    watching = watch(fd, () => {
      calls++;
      if (calls === 5) resolve();
    });
    watching.start();
    fill();
  });
  empty();
});

test("promises and ticks of the callback run at once, though nothing else is going on", () => {
  // In a process of its own, where no timer of the test runner's comes along and runs them.
  const { status, stdout } = runtime.run(`${prologue}
    const order = [];
    const watching = watch(fd, () => {
      readSync(fd, Buffer.alloc(1));
      watching.close();
      setImmediate(() => {
        order.push("immediate");
        console.log(order.join());
      });
      Promise.resolve().then(() => order.push("promise"));
      process.nextTick(() => order.push("tick"));
    });
    watching.start();
    watching.ref();
    writeSync(fd, "x");
  `);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "tick,promise,immediate\n" });
});

test("does nothing before start, after stop, and after close", async () => {
  let calls = 0;
  watching = watch(fd, () => {
    calls++;
  });
  fill();
  await sleep(10);
  expect(calls).toBe(0);

  watching.start();
  watching.start();
  await sleep(10);
  expect(calls).toBeGreaterThan(0);

  watching.stop();
  watching.stop();
  const stopped = calls;
  await sleep(10);
  expect(calls).toBe(stopped);

  watching.start();
  watching.close();
  await sleep(10);
  expect(calls).toBe(stopped);
  empty();
});

test("closing is idempotent, and everything else is a ClosedError afterwards", () => {
  watching = watch(fd, () => undefined);
  expect(watching.closed).toBe(false);
  watching.close();
  watching.close();
  expect(watching.closed).toBe(true);
  const closed = watching;
  for (const use of [() => closed.start(), () => closed.ref(), () => closed.unref()])
    expect(use).toThrow(ClosedError);
  closed.stop();
});

test("two watches of one descriptor both wake, and outlive the descriptor", async () => {
  const other = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const woken = new Set<string>();
  const first = watch(other, () => woken.add("first"));
  const second = watch(other, () => woken.add("second"));
  closeSync(other);
  first.start();
  second.start();
  fill();
  await sleep(20);
  first.close();
  second.close();
  empty();
  expect(woken).toEqual(new Set(["first", "second"]));
});

test("a descriptor that is bad or cannot be polled is an error, not an abort", () => {
  expect(() => watch(-1, () => undefined)).toThrow(/cannot watch descriptor -1.*EBADF/);
  expect(() => watch(123_456, () => undefined)).toThrow(/EBADF/);
  const file = openSync(import.meta.filename, "r");
  try {
    expect(() => watch(file, () => undefined)).toThrow(/EPERM[^]*cannot be polled/);
  } finally {
    closeSync(file);
  }
});

describe("in a process of its own", () => {
  test("a watch does not keep the process alive, unless it says so", () => {
    const { status, stdout } = runtime.run(`${prologue}
      watch(fd, () => undefined).start();
    `);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });

    const kept = runtime.run(`${prologue}
      const kept = watch(fd, () => { console.log("woken"); kept.unref(); kept.stop(); });
      kept.start();
      kept.ref();
      setTimeout(() => writeSync(fd, "x"), 50).unref();
    `);
    expect({ status: kept.status, stdout: kept.stdout }).toEqual({ status: 0, stdout: "woken\n" });
  });

  test("what the callback throws is an uncaught exception", () => {
    const { status, stderr } = runtime.run(`${prologue}
      const failing = watch(fd, () => { failing.close(); throw new Error("thrown by the callback"); });
      failing.start();
      failing.ref();
      writeSync(fd, "x");
    `);
    expect(stderr).toContain("Error: thrown by the callback");
    expect(status).toBe(1);
  });
});
