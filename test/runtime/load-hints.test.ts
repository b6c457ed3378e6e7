import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { externHint, pinnedMapHint } from "../../src/runtime/load-hints.ts";

describe("an extern without a value", () => {
  test("of the configuration", () => {
    expect(externHint("extern 'CONFIG_NONE' (strong): not resolved\n")).toMatch(
      /does not set CONFIG_NONE: declare it __weak.*kconfig: "CONFIG_NONE=…"/,
    );
  });

  test("of the kernel's symbols", () => {
    expect(externHint("extern 'bpf_none' (strong): not resolved\n")).toMatch(/^This kernel has no bpf_none/);
  });

  test("for want of the configuration", () => {
    expect(externHint("failed to open system Kconfig\nfailed to load object\n")).toMatch(
      /\/proc\/config\.gz/,
    );
  });

  test("is not meant", () => {
    expect(externHint("extern 'CONFIG_NONE' (weak): not resolved, defaulting to zero\n")).toBeUndefined();
  });
});

test("a pinned map that is no pin is no matter of capabilities", () => {
  const log = "couldn't retrieve pinned map '/etc/passwd': Permission denied\n";
  expect(pinnedMapHint(constants.errno.EACCES, log)).toBe(
    "It is no pinned map: pins are files in a BPF file system",
  );
  expect(pinnedMapHint(constants.errno.EINVAL, log)).toBeUndefined();
  expect(pinnedMapHint(constants.errno.EACCES, "else")).toBeUndefined();
});
