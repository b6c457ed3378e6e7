// What of the project goes into a machine: the packages as they are built, and the tests of the kernel, compiled.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npmPackage } from "./node.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const packages = { "btf-parser": "tinybpf-btf", runtime: "tinybpf" };

/** Lays the tests out below a folder, as in the tree; they are to run from there. */
export function layTests(folder, arch) {
  rmSync(folder, { recursive: true, force: true });
  const compiled = join(root, ".build/vm/js");
  rmSync(compiled, { recursive: true, force: true });
  execFileSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", join(root, "test/vm/tsconfig.json")],
    {
      stdio: "inherit",
    },
  );
  cpSync(join(compiled, "test"), join(folder, "test"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  for (const name of execFileSync("git", ["ls-files", "-z", "fixtures", "test/golden"], {
    cwd: root,
    encoding: "utf8",
  }).split("\0"))
    if (/\.(?:bpf\.o|bpf\.c|json)$/.test(name)) copy(name, join(folder, name));

  const modules = join(folder, "node_modules");
  mkdirSync(join(folder, "src"), { recursive: true });
  for (const [source, name] of Object.entries(packages)) {
    const tarball = JSON.parse(
      execFileSync("npm", ["pack", "--json", "--pack-destination", join(root, ".build/vm")], {
        cwd: join(root, "src", source),
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      }),
    )[0].filename;
    mkdirSync(join(modules, name), { recursive: true });
    execFileSync("tar", [
      "-xzf",
      join(root, ".build/vm", tarball),
      "--strip-components=1",
      "-C",
      join(modules, name),
    ]);
    // Tests of what is inside import the source: the same modules as the package's, or there would be two of each.
    symlinkSync(join("../node_modules", name, "dist"), join(folder, "src", source));
  }
  for (const name of dependencies("koffi", "elfy", "@vitest/runner", "@vitest/expect"))
    cpSync(join(root, "node_modules", name), join(modules, name), {
      recursive: true,
      filter: (path) => !/\/koffi\/(?:vendor|doc|lib)/.test(path),
    });
  addon(modules, arch);
  mkdirSync(join(modules, "vitest"));
  copyFrom("guest/vitest.mjs", join(modules, "vitest/index.js"));
  writeFileSync(join(modules, "vitest/package.json"), '{ "type": "module", "main": "index.js" }\n');
  for (const name of ["run.mjs", "run-file.mjs"]) copyFrom(`guest/${name}`, join(folder, name));
}

function copy(name, target) {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(root, name), target);
}

const copyFrom = (name, target) => cpSync(fileURLToPath(new URL(name, import.meta.url)), target);

/** koffi's native part for the architecture; npm installs that of this machine only. */
function addon(modules, arch) {
  const name = `@koromix/koffi-linux-${arch}`;
  const { optionalDependencies } = JSON.parse(
    readFileSync(join(root, "node_modules/koffi/package.json"), "utf8"),
  );
  const { folder } = npmPackage(name, optionalDependencies[name]);
  cpSync(folder, join(modules, name), { recursive: true });
}

/** Packages and what they depend on, all of it hoisted. */
function dependencies(...names) {
  const found = new Set();
  const add = (name) => {
    if (found.has(name)) return;
    found.add(name);
    const { dependencies: needed = {} } = JSON.parse(
      readFileSync(join(root, "node_modules", name, "package.json"), "utf8"),
    );
    for (const next of Object.keys(needed)) if (!next.startsWith("@types/")) add(next);
  };
  for (const name of names) add(name);
  return found;
}
