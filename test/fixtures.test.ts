import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const fixtures = join(root, "fixtures");
const sources = readdirSync(fixtures).filter((file) => file.endsWith(".bpf.c"));
const objects = readdirSync(fixtures).filter((file) => file.endsWith(".bpf.o"));

describe("fixtures", () => {
  test("there are enough of them, and two are big-endian", () => {
    expect(sources.length).toBeGreaterThanOrEqual(12);
    expect(objects.filter((object) => object.endsWith(".be.bpf.o")).length).toBeGreaterThanOrEqual(2);
  });

  test("no object names a folder of the machine that built it", () => {
    for (const object of objects) {
      const text = readFileSync(join(fixtures, object)).toString("latin1");
      expect(text, object).not.toMatch(/\/(?:home|root|work|tmp|usr\/include)\//);
    }
  });
});

describe("a rebuild", () => {
  // A checkout under another name, so that a path that slips into an object shows.
  const checkout = join(mkdtempSync(join(tmpdir(), "tinybpf-")), "a checkout elsewhere");
  const out = join(checkout, "out");
  let missing: string | undefined;

  beforeAll(async () => {
    mkdirSync(join(checkout, "fixtures"), { recursive: true });
    for (const source of sources) cpSync(join(fixtures, source), join(checkout, "fixtures", source));
    for (const script of ["build-fixtures.mjs", "setup.mjs"]) {
      cpSync(join(root, "scripts", script), join(checkout, "scripts", script));
    }
    try {
      await promisify(execFile)(process.execPath, ["scripts/build-fixtures.mjs", "--out", out], {
        cwd: checkout,
      });
    } catch (error) {
      const text = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
      // The script's own word for a toolchain that is not installed; anything else is a failure to build.
      if (!text.startsWith("Missing: ") || process.env["TINYBPF_REQUIRE"] === "1")
        throw new Error(text, { cause: error });
      missing = text;
    }
  });

  afterAll(() => {
    rmSync(join(checkout, ".."), { recursive: true, force: true });
  });

  test("builds the committed objects and no others", ({ skip }) => {
    skip(missing !== undefined, missing);
    expect(readdirSync(out).sort()).toEqual(objects.sort());
  });

  test.for(objects)("%s is the same, byte for byte", (object, { skip }) => {
    skip(missing !== undefined, missing);
    const rebuilt = readFileSync(join(out, object));
    const committed = readFileSync(join(fixtures, object));
    expect(rebuilt.equals(committed), "differs from the committed object: run `npm run fixtures`").toBe(true);
  });
});
