import { BpfError, ClosedError, TinyBpfError, ValueError, VerifierError } from "tinybpf";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { errnoCode, errnoText } from "../../src/runtime/errno.ts";

describe("error numbers", () => {
  test.each([
    [1, "EPERM", "operation not permitted"],
    [2, "ENOENT", "no such file or directory"],
    [7, "E2BIG", "argument list too long"],
    [11, "EAGAIN", "resource temporarily unavailable"],
    [95, "EOPNOTSUPP", "operation not supported"],
    [524, "ENOTSUPP", "operation not supported"],
    [4003, "LIBBPF_ERRNO__ENDIAN", "the object has the other byte order than this machine"],
    [12_345, "E12345", "error 12345"],
  ])("%i is %s", (errno, code, text) => {
    expect(errnoCode(errno)).toBe(code);
    expect(errnoText(errno)).toBe(text);
  });
});

describe("BpfError", () => {
  test("carries what happened, and shows the end of what libbpf said", () => {
    const log = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join("");
    const error = new BpfError({ operation: "load x", errno: 22, log, hint: "Do this" });
    expect(error).toBeInstanceOf(TinyBpfError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "BpfError", code: "EINVAL", errno: 22, operation: "load x", log });
    const lines = error.message.split("\n");
    expect(lines[0]).toBe("cannot load x: invalid argument (EINVAL)");
    expect(lines.slice(1, -1)).toEqual([14, 15, 16, 17, 18, 19].map((i) => `  line ${i}`));
    expect(lines.at(-1)).toBe("Do this");
  });

  test("has its log, but does not show it with its members", () => {
    const error = new BpfError({ operation: "load x", errno: 22, log: "whole log\n".repeat(1000) });
    expect(error.log).toHaveLength(10_000);
    expect(inspect(error).length).toBeLessThan(2000);
    expect(inspect(error)).toContain("errno: 22");
  });

  test("without a log or a hint is one line", () => {
    const { message, log } = new BpfError({ operation: "do it", errno: 22 });
    expect(message).toBe("cannot do it: invalid argument (EINVAL)");
    expect(log).toBe("");
  });

  test("about a permission always has a hint", () => {
    expect(new BpfError({ operation: "do it", errno: 1 }).message).toMatch(/\n.*(root|capabilities)/);
  });
});

test("VerifierError shows the decisive lines and keeps the whole log", () => {
  const log = "0: insn\n1: insn\nwhy\n";
  const error = new VerifierError("prog", { operation: "load program prog", errno: 13, log }, ["why"]);
  expect(error).toBeInstanceOf(BpfError);
  expect(error).toMatchObject({ name: "VerifierError", program: "prog", log });
  expect(error.message).toBe("cannot load program prog: permission denied (EACCES)\n  why");
});

test("errors of every kind have a name of their own", () => {
  expect(new ClosedError("map x")).toMatchObject({ name: "ClosedError", message: "map x is closed" });
  expect(new ValueError("is wrong", "a.b")).toMatchObject({ name: "ValueError", message: "a.b: is wrong" });
});
