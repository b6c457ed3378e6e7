import { BpfError, ClosedError } from "tinybpf";
import { expect, test } from "vitest";
import { StructOps } from "../../golden/struct_ops.skel.ts";
import { describeKernel } from "../require-kernel.ts";

describeKernel("struct_ops map", () => {
  test("is registered until its link is closed, or the error is a typed one", () => {
    let skeleton: StructOps;
    try {
      skeleton = StructOps.load();
    } catch (error) {
      // Kernels that refuse such programs do so when they are loaded.
      expect(error).toBeInstanceOf(BpfError);
      expect(String(error)).toMatch(/cannot load .*struct_ops/);
      return;
    }
    using _skeleton = skeleton;
    const { fixed_window } = skeleton.maps;
    const link = fixed_window.attach();
    expect(link.title).toBe("fixed_window");
    link.close();
    skeleton.close();
    expect(() => fixed_window.attach()).toThrow(ClosedError);
  });
});
