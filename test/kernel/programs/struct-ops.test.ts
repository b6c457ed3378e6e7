import { BpfError, ClosedError, ValueError } from "tinybpf";
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

  test("the skeleton's attach() attaches it, unless its autoAttach is off", () => {
    using opened = StructOps.open();
    expect(opened.maps.fixed_window.autoAttach).toBe(true);
    // @ts-expect-error no boolean
    expect(() => (opened.maps.fixed_window.autoAttach = 1)).toThrow(ValueError);
    for (const autoAttach of [true, false]) {
      let skeleton: StructOps;
      try {
        skeleton = StructOps.load({ maps: { fixed_window: { autoAttach } } });
      } catch (error) {
        expect(String(error)).toMatch(/cannot load .*struct_ops/);
        return;
      }
      using _skeleton = skeleton;
      expect(skeleton.attach().map(({ title }) => title)).toEqual(autoAttach ? ["fixed_window"] : []);
      expect(skeleton.attach()).toEqual([]);
      expect(skeleton.links).toHaveLength(autoAttach ? 1 : 0);
    }
  });
});
