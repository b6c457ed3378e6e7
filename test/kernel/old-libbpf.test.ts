/** What an old libbpf cannot do is said, with the version that can. */
import { BpfError } from "tinybpf";
import { expect, test } from "vitest";
import { libbpfOlderThan } from "../../src/runtime/native.ts";
import { Globals } from "../golden/globals.skel.ts";
import { describeKernel } from "./require-kernel.ts";

const open = (): unknown => Globals.open().close();

describeKernel("an old libbpf", () => {
  test("sections of .bss by other names need 1.1", () => {
    if (libbpfOlderThan("1.1")) {
      expect(open).toThrow(BpfError);
      expect(open).toThrow(/Section \.bss\.quiet needs libbpf 1\.1 or newer; libbpf 1\.0 \(.*\) is in use/);
    } else expect(open).not.toThrow();
  });
});
