import { init, LibraryError } from "tinybpf";
import { expect, test } from "vitest";
import { describeKernel } from "./require-kernel.ts";

describeKernel("libbpf", () => {
  test("is loaded once, and says what it is", () => {
    const { path, version } = init();
    expect(path).toBe(process.env["TINYBPF_LIBBPF"] ?? "libbpf.so.1");
    expect(version).toMatch(/^[1-9]\d*\.\d+$/);
    expect(init()).toEqual({ path, version });
    expect(init(path)).toEqual({ path, version });
    expect(() => init("/another/libbpf.so")).toThrow(LibraryError);
    expect(() => init("/another/libbpf.so")).toThrow(`the one from ${path} is in use`);
  });
});
