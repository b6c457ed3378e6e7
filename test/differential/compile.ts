/** The compilers: one source natively and for BPF of both byte orders. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Need, command } from "../btf-parser/needs.ts";
import { constantsSource } from "./c-constants.ts";
import { nativeSource } from "./c-native.ts";
import type { Source } from "./subjects.ts";

const run = promisify(execFile);

/** What the C compiler made of a source. */
export interface Compiled {
  /** What the native program printed. */
  readonly output: string;
  /** The object for each byte order. */
  readonly little: Uint8Array;
  readonly big: Uint8Array;
}

export const COMPILER: Need = command("clang-19");

/** Where Debian keeps `asm/types.h`, which `-target bpf` does not search. */
const HEADERS = ["x86_64-linux-gnu", "aarch64-linux-gnu"].flatMap((machine) => [
  "-idirafter",
  `/usr/include/${machine}`,
]);

/**
 * The native program is x86-64, where clang lays out structs as for BPF: `char` is signed, `__int128` is aligned to 16,
 * bitfields pack alike. (`long double` differs, and no type here has one.) That it does is compared as well.
 */
export const HOST: Need = () =>
  process.arch === "x64"
    ? undefined
    : `structs of ${process.arch} are not laid out as those of BPF, so its program proves nothing`;

/** What only BPF has, in functions of fixtures that are not called: CO-RE's builtins, and symbols of the kernel. */
const NO_RELOCATIONS = [
  "-D__builtin_preserve_access_index(x)=(x)",
  "-D__builtin_preserve_field_info(...)=0",
  "-D__builtin_preserve_type_info(...)=0",
  "-D__builtin_preserve_enum_value(...)=0",
  "-D__builtin_btf_type_id(...)=0",
  "-Wl,--unresolved-symbols=ignore-all",
];

/** Compiles and runs `source` in `folder`. */
export async function compile(
  source: Source,
  folder: string,
  { optimise = 0, flags = [] }: { readonly optimise?: 0 | 1; readonly flags?: readonly string[] } = {},
): Promise<Compiled> {
  const constants = join(folder, "truth.bpf.c");
  writeFileSync(constants, constantsSource(source));
  const [output, little, big] = await Promise.all([
    runNative(source, folder, [`-O${optimise}`, ...flags]),
    compileBpf(constants, "bpfel", flags),
    compileBpf(constants, "bpfeb", flags),
  ]);
  return { output, little, big };
}

async function runNative(source: Source, folder: string, flags: readonly string[]): Promise<string> {
  const path = join(folder, "truth.c");
  const program = join(folder, "truth");
  writeFileSync(path, nativeSource(source));
  // Bytes are read as whatever type is wanted; that is the point.
  await run("clang-19", ["-w", "-fno-strict-aliasing", ...NO_RELOCATIONS, ...flags, path, "-o", program]);
  const { stdout } = await run(program, [], { maxBuffer: 2 ** 30 });
  return stdout;
}

/** Compiles a file to an object beside it. */
export async function compileBpf(
  path: string,
  target: "bpfel" | "bpfeb",
  flags: readonly string[] = [],
): Promise<Uint8Array> {
  const object = `${path}.${target}.o`;
  const options = ["-target", target, "-mcpu=v3", "-O2", "-g", "-w", "-Wno-int-conversion", ...HEADERS];
  await run("clang-19", [...options, ...flags, "-c", path, "-o", object]);
  return readFileSync(object);
}
