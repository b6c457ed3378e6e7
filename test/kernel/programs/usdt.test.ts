import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, type TestContext } from "vitest";
import { BpfError, LibraryError, libbpfVersion, ValueError } from "tinybpf";
import { Usdt } from "../../golden/usdt.skel.ts";
import { describeKernel } from "../require-kernel.ts";

/** Compiles ticker.c; the machines of test/vm bring it compiled. */
function makeTicker(folder: string): string {
  const made = process.env["TINYBPF_TICKER"];
  if (made !== undefined) return made;
  const binary = join(folder, "ticker");
  const source = fileURLToPath(new URL("ticker.c", import.meta.url));
  execFileSync("clang-19", ["-O1", "-static", "-nostdlib", "-o", binary, source]);
  return binary;
}

describeKernel("USDT program", () => {
  let folder: string;
  let binary: string;
  let ticker: ChildProcess;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tinybpf-usdt-"));
    binary = makeTicker(folder);
    ticker = spawn(binary, { stdio: ["pipe", "pipe", "inherit"] });
  });
  afterAll(() => {
    ticker.kill();
    rmSync(folder, { recursive: true });
  });

  /** Lets the ticker pass its probe once. */
  async function tick(): Promise<void> {
    ticker.stdin?.write("x");
    if (ticker.stdout !== null) await once(ticker.stdout, "data");
  }

  // The fixture is compiled with the header of an older one. The rest of this file is the same with all others.
  const isOtherLayout = libbpfVersion() === "1.7";
  const needsLayout = ({ skip }: TestContext): void =>
    skip(
      isOtherLayout,
      "needs the fixture compiled with the header of libbpf 1.7, and it is with an older one",
    );

  test("libbpf 1.7 writes what the object does not read: that is an error", () => {
    using usdt = Usdt.load();
    const attach = (): unknown =>
      usdt.programs.on_probe.attach({ binary, provider: "tinybpf", name: "tick" });
    if (isOtherLayout) {
      expect(attach).toThrow(LibraryError);
      expect(attach).toThrow(/as libbpf before 1\.7 writes them, and libbpf 1\.7 is in use/);
    } else expect(attach).not.toThrow();
  });

  test("runs when the probe is passed, with its cookie", async (context) => {
    needsLayout(context);
    using usdt = Usdt.load({ bss: { target_tgid: ticker.pid ?? 0 } });
    using link = usdt.programs.on_probe.attach({
      binary,
      provider: "tinybpf",
      name: "tick",
      cookie: 2n ** 40n,
    });
    expect(link.title).toBe(`on_probe to ${binary}:tinybpf:tick`);
    // There may be several places, and several links: libbpf's has the number 0, which is stdin's.
    expect(() => link.fd).toThrow(/no single link of the kernel's/);
    expect(() => link.info).toThrow(/no single link of the kernel's/);
    expect(() => link.pin("/sys/fs/bpf/usdt")).toThrow(/EOPNOTSUPP/);
    await tick();
    await tick();
    expect(usdt.bss.hits).toBe(2n);
    expect(usdt.bss.cookie).toBe(2n ** 40n);
    link.close();
    await tick();
    expect(usdt.bss.hits).toBe(2n);
  });

  test("of one process", async (context) => {
    needsLayout(context);
    using usdt = Usdt.load({ bss: { target_tgid: ticker.pid ?? 0 } });
    const probe = { binary, provider: "tinybpf", name: "tick" };
    using _link = usdt.programs.on_probe.attach({ ...probe, pid: ticker.pid ?? 0 });
    await tick();
    expect(usdt.bss.hits).toBe(1n);
  });

  test("what is missing is named", (context) => {
    needsLayout(context);
    using usdt = Usdt.load();
    const { on_probe } = usdt.programs;
    const probe = { binary, provider: "tinybpf", name: "tick" };
    expect(() => on_probe.attach()).toThrow(
      /EOPNOTSUPP[^]*section does not say where.*as in attach\(\{ binary.*provider.*name/,
    );
    expect(() => on_probe.attach({ ...probe, name: "other" })).toThrow(/ENOENT[^]*readelf -n/);
    expect(() => on_probe.attach({ ...probe, name: "tik" })).toThrow(
      /has no probe tinybpf:tik; did you mean tinybpf:tick\?/,
    );
    expect(() => on_probe.attach({ ...probe, binary: "/no/such/file" })).toThrow(BpfError);
    expect(() => on_probe.attach({ ...probe, binary: "libnosuch.so" })).toThrow(/give its path/);
    for (const wrong of [{ name: "a\0b" }, { provider: 5 }, { pid: 1.5 }, { cookie: -1 }])
      expect(() => on_probe.attach({ ...probe, ...wrong } as typeof probe)).toThrow(ValueError);
  });
});
