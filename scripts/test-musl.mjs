// npm run test:musl: the packages where the C library is musl, as on Alpine.
//
// In a root of its own with musl's Node and libbpf, on the running kernel: the packages installed from their tarballs, the
// generator, and a program that uses skeletons (test/node/smoke.ts). The first run builds libraries for some minutes.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { muslRoot, rootCommand } from "../test/musl/root.mjs";
import {
  announce,
  build,
  checkNode,
  installPackages,
  interruption,
  INTERRUPTED,
  isRoot,
  runMain,
  SetupError,
} from "./setup.mjs";
import { layProject, tryProject } from "./user-project.mjs";

/** What the process has loaded, and what it says of its C library. */
const probe = `
  const { header, sharedObjects } = process.report.getReport();
  console.log(JSON.stringify({ glibc: header.glibcVersionRuntime, libraries: sharedObjects }));
`;

const USAGE = `npm run test:musl: a user's program in a root whose C library is musl. The first run builds that, for some minutes.`;

function wantsHelp() {
  try {
    return parseArgs({ options: { help: { type: "boolean", short: "h" } } }).values.help;
  } catch (error) {
    throw new SetupError(`${error.message}\n\n${USAGE}`);
  }
}

async function main() {
  if (wantsHelp()) {
    console.log(USAGE);
    return 0;
  }
  checkNode();
  if (!isRoot) throw new SetupError("This needs root, for the root of musl's and for the kernel.");
  installPackages();
  build();
  const base = muslRoot();
  const { came } = interruption();
  const folder = mkdtempSync(join(tmpdir(), "tinybpf-musl-"));
  try {
    execFileSync("cp", ["-a", `${base}/.`, folder]);
    const project = join(folder, "project");
    mkdirSync(project);
    announce("Making a project with the packages (npm install) …");
    layProject(project);
    const [file, ...args] = [...rootCommand(folder), "node"];
    const { glibc, libraries } = JSON.parse(execFileSync(file, [...args, "-e", probe], { encoding: "utf8" }));
    if (glibc !== undefined || libraries.some((path) => path.includes("libc.so.6")))
      throw new SetupError(`This Node has glibc: ${libraries.join(" ")}`);
    console.log(`${tryProject(project, [file, ...args], { cwd: "/project", stripsTypes: true })}; musl`);
  } catch (error) {
    if (await came()) return INTERRUPTED;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

await runMain(main);
