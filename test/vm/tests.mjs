// What of the project goes into a machine: the packages as they are built, and the tests of the kernel, compiled.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack } from "../../scripts/packages.mjs";
import { root } from "../../scripts/setup.mjs";
import { npmPackage } from "./node.mjs";

const packages = { "btf-parser": "tinybpf-btf", runtime: "tinybpf" };

/** Lays the tests out below a folder, as in the tree; they are to run from there, with an addon beside them. */
export function layTests(folder) {
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  const parent = join(root, ".build/vm");
  mkdirSync(parent, { recursive: true });
  removeLeft(parent);
  const work = join(parent, `work-${process.pid}`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  try {
    layCompiled(folder, work);
    for (const [source, name] of Object.entries(packages)) layPackage(folder, { source, name, work });
  } finally {
    // What was interrupted may still write there.
    rmSync(work, { recursive: true, maxRetries: 5 });
  }
  for (const name of execFileSync("git", ["ls-files", "-z", "fixtures", "test/golden"], {
    cwd: root,
    encoding: "utf8",
  }).split("\0"))
    if (/\.(?:bpf\.o|bpf\.c|json)$/.test(name)) copy(name, join(folder, name));

  const modules = join(folder, "node_modules");
  for (const name of dependencies("koffi", "elfy", "@vitest/runner", "@vitest/expect"))
    cpSync(join(root, "node_modules", name), join(modules, name), {
      recursive: true,
      filter: (path) => !/\/koffi\/(?:vendor|doc|lib)/.test(path),
    });
  mkdirSync(join(modules, "vitest"));
  copyFrom("guest/vitest.mjs", join(modules, "vitest/index.js"));
  writeFileSync(join(modules, "vitest/package.json"), '{ "type": "module", "main": "index.js" }\n');
  for (const name of ["run.mjs", "run-files.mjs"]) copyFrom(`guest/${name}`, join(folder, name));
}

/** What a compiler wrote that was interrupted, and still ran when its folder was removed. */
function removeLeft(parent) {
  for (const name of readdirSync(parent)) {
    const pid = /^work-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(parent, name), { recursive: true });
  }
}

function layCompiled(folder, work) {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const project = join(root, "test/vm/tsconfig.json");
  execFileSync(process.execPath, [compiler, "-p", project, "--outDir", work], { stdio: "inherit" });
  cpSync(join(work, "test"), join(folder, "test"), { recursive: true });
}

/** A package as npm would install it. */
function layPackage(folder, { source, name, work }) {
  const [tarball = ""] = pack(work, [source]);
  const target = join(folder, "node_modules", name);
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", target]);
  // Tests of what is inside import the source: the same modules as the package's, or there would be two of each.
  symlinkSync(join("../node_modules", name, "dist"), join(folder, "src", source));
}

function copy(name, target) {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(root, name), target);
}

const copyFrom = (name, target) => cpSync(fileURLToPath(new URL(name, import.meta.url)), target);

/** koffi's native part for an architecture; npm installs that of this machine only. */
export function layAddon(folder, arch) {
  const name = `@koromix/koffi-linux-${arch}`;
  const { optionalDependencies } = JSON.parse(
    readFileSync(join(root, "node_modules/koffi/package.json"), "utf8"),
  );
  const { folder: source } = npmPackage(name, optionalDependencies[name]);
  cpSync(source, join(folder, "node_modules", name), { recursive: true });
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
