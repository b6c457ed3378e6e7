/** Every function of libbpf that is called, against the version that the library in use says it came with. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { init } from "tinybpf";
import { describe, expect, test } from "vitest";
import { libbpfFunctions, libbpfSince } from "../../src/runtime/c.ts";
import { command, type Need, needs } from "../btf-parser/needs.ts";

const READELF = command("readelf");

/** libbpf that loads: then its file is among this process's mappings. */
const LIBBPF: Need = () => {
  try {
    init();
    return undefined;
  } catch (error) {
    return String(error);
  }
};

function libraryFile(): string {
  const { path } = init();
  if (path.includes("/")) return realpathSync(path);
  const mapped = /^\S+ \S+ \S+ \S+ \S+ +(\/.*\/libbpf\.so\.[\d.]+)$/m.exec(
    readFileSync("/proc/self/maps", "utf8"),
  );
  if (mapped?.[1] === undefined) throw new Error("libbpf is not mapped");
  return mapped[1];
}

/** Versions of the functions that the library has, as in `1.3`. */
function versions(): Map<string, string> {
  const table = execFileSync("readelf", ["--dyn-syms", "-W", libraryFile()], { encoding: "utf8" });
  const symbols = table.matchAll(/ FUNC .* (\w+)@@LIBBPF_(\d+\.\d+)\.\d+$/gm);
  return new Map([...symbols].map(([, name = "", version = ""]) => [name, version]));
}

function compare(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

const FLOOR = "1.0";
const names = Object.keys(libbpfFunctions);

describe("functions of libbpf", () => {
  test("that came after 1.0 are listed with the version that they came with", (context) => {
    needs(context, READELF, LIBBPF);
    const found = versions();
    expect(found.size).toBeGreaterThan(200);
    const newer = names.flatMap((name) => {
      const version = found.get(name);
      return version !== undefined && compare(version, FLOOR) > 0 ? [[name, version] as const] : [];
    });
    const { version } = init();
    const expected = Object.entries(libbpfSince).filter(([, since]) => compare(since, version) <= 0);
    expect(Object.fromEntries(newer)).toEqual(Object.fromEntries(expected));
  });

  test("all others are in every library since 1.0", (context) => {
    needs(context, READELF, LIBBPF);
    const found = versions();
    const { version } = init();
    const missing = names.filter((name) => !found.has(name));
    expect(missing.toSorted()).toEqual(
      Object.entries(libbpfSince)
        .filter(([, since]) => compare(since, version) > 0)
        .map(([name]) => name)
        .toSorted(),
    );
  });

  // What works without them must not need them: each has one file, whose kind of program or map needs it in any case.
  test("newer than 1.0 are called for what needs them, and nothing else", () => {
    const runtime = fileURLToPath(new URL("../../src/runtime/", import.meta.url));
    const files = readdirSync(runtime, { recursive: true, encoding: "utf8" }).filter(
      (path) =>
        path.endsWith(".ts") && path !== "c.ts" && !path.startsWith("dist") && !path.includes("node_modules"),
    );
    const callers = Object.keys(libbpfSince).map((name) => [
      name,
      files.filter((path) => readFileSync(join(runtime, path), "utf8").includes(`libbpf.${name}(`)),
    ]);
    expect(Object.fromEntries(callers)).toEqual({
      bpf_program__attach_uprobe_multi: ["programs/uprobe-multi.ts"],
      bpf_program__attach_netfilter: ["programs/netfilter.ts"],
      bpf_program__attach_raw_tracepoint_opts: ["programs/raw-tracepoint.ts"],
    });
  });
});
