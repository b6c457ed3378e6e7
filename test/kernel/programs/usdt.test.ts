import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BpfError, init, ValueError } from "tinybpf";
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

  test("runs when the probe is passed, with its cookie", async () => {
    using usdt = Usdt.load({ bss: { target_tgid: ticker.pid ?? 0 } });
    using link = usdt.programs.on_probe.attach({
      binary,
      provider: "tinybpf",
      name: "tick",
      cookie: 2n ** 40n,
    });
    expect(link.title).toBe(`on_probe to ${binary}:tinybpf:tick`);
    await tick();
    await tick();
    expect(usdt.bss.hits).toBe(2n);
    // libbpf 1.7 lays out struct __bpf_usdt_spec otherwise than the usdt.bpf.h that this object was compiled with.
    if (!init().version.startsWith("1.7")) expect(usdt.bss.cookie).toBe(2n ** 40n);
    link.close();
    await tick();
    expect(usdt.bss.hits).toBe(2n);
  });

  test("of one process", async () => {
    using usdt = Usdt.load({ bss: { target_tgid: ticker.pid ?? 0 } });
    const probe = { binary, provider: "tinybpf", name: "tick" };
    using _link = usdt.programs.on_probe.attach({ ...probe, pid: ticker.pid ?? 0 });
    await tick();
    expect(usdt.bss.hits).toBe(1n);
  });

  test("what is missing is named", () => {
    using usdt = Usdt.load();
    const { on_probe } = usdt.programs;
    const probe = { binary, provider: "tinybpf", name: "tick" };
    expect(() => on_probe.attach()).toThrow(/EOPNOTSUPP[^]*section does not say where/);
    expect(() => on_probe.attach({ ...probe, name: "tock" })).toThrow(/ENOENT[^]*readelf -n/);
    expect(() => on_probe.attach({ ...probe, binary: "/no/such/file" })).toThrow(BpfError);
    expect(() => on_probe.attach({ ...probe, binary: "libnosuch.so" })).toThrow(/give its path/);
    for (const wrong of [{ name: "a\0b" }, { provider: 5 }, { pid: 1.5 }, { cookie: -1 }])
      expect(() => on_probe.attach({ ...probe, ...wrong } as typeof probe)).toThrow(ValueError);
  });
});
