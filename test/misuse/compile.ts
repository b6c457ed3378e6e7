/** Programs of test/ as plain JavaScript, with the runtime they import, for processes of their own. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The packages that such programs import, and where they lie. */
const PACKAGES = { tinybpf: "src/runtime", "tinybpf-btf": "src/btf-parser" } as const;

export interface CompiledProgram {
  /** The compiled file. */
  readonly path: string;
  /** Where the fixtures are. */
  readonly fixtures: string;
  remove(): void;
}

/**
 * Compiles a program, and everything it imports but what is in node_modules, into a folder of its own.
 *
 * @param program - relative to the repository
 * @param others - that it starts as threads
 */
export function compileProgram(program: string, ...others: readonly string[]): CompiledProgram {
  mkdirSync(join(root, ".build"), { recursive: true });
  const folder = mkdtempSync(join(root, ".build", "program-"));
  const options = ["--noCheck", "--declaration", "false", "--isolatedDeclarations", "false"];
  // The project's own settings, for one file.
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        rewriteRelativeImportExtensions: true,
        rootDir: root,
        outDir: folder,
      },
      files: [program, ...others].map((file) => join(root, file)),
      // What is found through node_modules is not compiled along.
      include: Object.values(PACKAGES).map((source) => join(root, source, "**/*.ts")),
      exclude: ["**/dist"],
    }),
  );
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder, ...options], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  mkdirSync(join(folder, "node_modules"));
  for (const [name, source] of Object.entries(PACKAGES)) {
    writeFileSync(join(folder, source, "package.json"), compiledPackage(join(root, source)));
    symlinkSync(join(folder, source), join(folder, "node_modules", name));
  }
  return {
    path: join(folder, program.replace(/\.ts$/, ".js")),
    fixtures: join(root, "fixtures"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A package's description whose exports are the compiled sources. */
function compiledPackage(source: string): string {
  const { name, exports } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, { readonly "tinybpf-source": string }>>;
  };
  const compiled = Object.entries(exports).map(([entry, { "tinybpf-source": file }]) => [
    entry,
    file.replace(/\.ts$/, ".js"),
  ]);
  return JSON.stringify({ name, type: "module", exports: Object.fromEntries(compiled) });
}
