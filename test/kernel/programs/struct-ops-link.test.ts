/** Tables of functions that are attached through a link of the kernel's. */
import { readdirSync } from "node:fs";
import { BpfError, LibraryError, openPinnedLink, TinyBpfError } from "tinybpf";
import { beforeAll, expect, test } from "vitest";
import { StructOpsLink } from "../../golden/struct_ops_link.skel.ts";
import { enterNamespaces, mountBpffs } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { config, lacking, libbpf, linux, needsKernel } from "../this-kernel.ts";

const features = [linux("6.4"), config("CONFIG_BPF_JIT"), libbpf("1.2")];

/** Loads, attaches, and closes again. */
function use(): void {
  using skeleton = StructOpsLink.load();
  skeleton.maps.narrow.attach();
}

describeKernel("struct_ops maps of the section .struct_ops.link", () => {
  beforeAll(() => {
    enterNamespaces();
    mountBpffs();
  });

  test("have a link that can be pinned, opened again, and updated", (context) => {
    needsKernel(context, ...features);
    const pin = "/sys/fs/bpf/congestion";
    {
      using skeleton = StructOpsLink.load();
      const { narrow, wide } = skeleton.maps;
      const link = narrow.attach();
      expect(link.info).toMatchObject({ type: "struct_ops", mapId: narrow.id });
      // The name is taken.
      expect(() => wide.attach()).toThrow(BpfError);
      link.update(wide);
      expect(link.info).toMatchObject({ type: "struct_ops", mapId: wide.id });
      link.update(narrow, wide);
      expect(link.info).toMatchObject({ mapId: narrow.id });
      expect(() => link.update(wide, wide)).toThrow(/EPERM|ESTALE|EINVAL/);
      link.pin(pin);
    }
    using pinned = openPinnedLink(pin);
    expect(pinned.info).toMatchObject({ type: "struct_ops" });
    // It outlived its skeleton: its name is still taken.
    expect(use).toThrow(/EEXIST|EBUSY/);
    pinned.unpin();
    pinned.close();
    expect(readdirSync("/sys/fs/bpf")).not.toContain("congestion");
    use();
  });

  test("are attached by the skeleton, of two of one name the first", (context) => {
    needsKernel(context, ...features);
    using skeleton = StructOpsLink.load({ maps: { wide: { autoAttach: false } } });
    const links = skeleton.attach();
    expect(links.map((link) => link.title)).toEqual(["narrow"]);
    expect(links[0]?.info).toMatchObject({ type: "struct_ops" });
  });

  if (lacking(linux("6.4"), libbpf("1.2")) !== undefined)
    test("are an error that names what is too old", () => {
      expect(use).toThrow(TinyBpfError);
      if (lacking(libbpf("1.2")) === undefined) {
        expect(use).toThrow(/needs Linux 6\.4; this is /);
        return;
      }
      expect(use).toThrow(LibraryError);
      expect(use).toThrow(
        /^struct_ops_link\.bpf\.o has no map narrow, as libbpf reads it\. Section \.struct_ops\.link needs (?:Linux 6\.4; this is .*\. Besides, it needs )?libbpf 1\.2 or newer; libbpf 1\.\d /,
      );
    });
});
