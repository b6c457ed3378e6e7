/** The limit of locked memory, which maps and programs count against before Linux 5.11. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileRuntime, type CompiledRuntime } from "../runtime/compiled.ts";
import { without } from "./capabilities.ts";
import { describeKernel } from "./require-kernel.ts";
import { lacking, linux } from "./this-kernel.ts";

/** Starts what follows with a limit of 64 KB. */
const LITTLE = ["prlimit", "--memlock=65536"] as const;

/** Makes a map of a megabyte, and says what came of it. */
const CREATE = `
  import { createMap, hashMap, le } from "%runtime%/index.js";
  try {
    createMap(hashMap(le.u32, le.bytes(1024)), { maxEntries: 1024 }).close();
    console.log("made");
  } catch (error) { console.log(error.code, error.message); }`;

describeKernel("a low limit of locked memory", () => {
  let runtime: CompiledRuntime;
  beforeAll(() => {
    runtime = compileRuntime();
  });
  afterAll(() => runtime.remove());

  function create(through: readonly string[]): string {
    const { status, stdout, stderr } = runtime.run(CREATE, {}, through);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  }

  test("is lifted by a process that may do so", () => {
    expect(create(LITTLE)).toBe("made\n");
  });

  test("is named in the error of one that may not, where memory counts against it", () => {
    const said = create([...LITTLE, ...without("sys_resource")]);
    if (lacking(linux("5.11")) === undefined) expect(said).toBe("made\n");
    else
      expect(said).toMatch(
        /^EPERM cannot create a map of type hash: [^]*RLIMIT_MEMLOCK[^]*ulimit -l, or give the process CAP_SYS_RESOURCE/,
      );
  });
});
