// npm run test:third-party: other people's BPF programs through parser, generator, type check, libbpf and a kernel.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatMarkdown } from "../../scripts/format-markdown.mjs";
import { buildLibbpf } from "../../scripts/libbpf.mjs";
import {
  announce,
  build,
  checkNode,
  installPackages,
  installTools,
  isRoot,
  root,
  runMain,
  SetupError,
  testTools,
  vmTools,
} from "../../scripts/setup.mjs";
import { collect } from "./collections.mjs";
import { check, compileAll, loadTools } from "./stages.mjs";
import { compareWithKnown, judge } from "./outcome.mjs";
import { report } from "./report.mjs";
import { cache, describeSource, sources, sourcesKey } from "./sources.mjs";

const HELP = `npm run test:third-party -- [OPTIONS]

Compiles bpfcc's libbpf-tools and the BPF selftests of Linux, as Debian has their sources, with clang-19; reads every
object, generates its skeleton and one with all of its types, type-checks all of them in one run, and opens each object with
libbpf 1.5. The tools are loaded on Debian's Linux 6.12 in QEMU besides, through their skeletons, by name, and by bpftool.

What must not be is compared with test/third-party/known.json: a failure that is not in it, and one in it that is none
any more, make the exit code 1. A full run writes docs/third-party.md. Needs root, for apt-get.

  --only REGEX   only objects whose names match, as in libbpf-tools/execsnoop; writes no document
  --no-machine   loads nothing; writes no document
  --list         prints the names of the objects
  --update       asks Debian for newer sources; else those in ~/.cache/tinybpf/third-party are taken
  -j N           processes at the same time; default: one for each processor
  --help         this`;

/** That of the machine with Linux 6.12. */
const LIBBPF = "1.5";

const options = /** @type {const} */ ({
  only: { type: "string", default: "" },
  machine: { type: "boolean", default: true },
  list: { type: "boolean" },
  update: { type: "boolean", default: false },
  jobs: { type: "string", short: "j", default: String(availableParallelism()) },
  help: { type: "boolean" },
});

const document = join(root, "docs/third-party.md");
const known = JSON.parse(readFileSync(fileURLToPath(new URL("known.json", import.meta.url)), "utf8"));

function readArguments() {
  try {
    const { values } = parseArgs({ options, allowNegative: true });
    const jobs = Number(values.jobs);
    if (!Number.isInteger(jobs) || jobs < 1)
      throw new Error(`-j takes a number of processes, not ${values.jobs}`);
    return { ...values, jobs, only: new RegExp(values.only) };
  } catch (error) {
    throw new SetupError(`${error.message} (npm run test:third-party -- --help)`);
  }
}

function prepare() {
  checkNode();
  if (!isRoot) throw new SetupError("This needs root, for apt-get.");
  installPackages();
  const missing = installTools([...testTools, ...vmTools]);
  if (missing.length > 0) throw new SetupError(`Missing: ${missing.map(({ name }) => name).join(", ")}`);
}

async function main() {
  const { help, list, only, machine, update, jobs } = readArguments();
  if (help) {
    console.log(HELP);
    return 0;
  }
  prepare();
  const found = sources({ update });
  const all = collect(found);
  const subjects = all.filter(({ id }) => only.test(id));
  if (list) {
    for (const { id } of subjects) console.log(id);
    return 0;
  }
  if (subjects.length === 0)
    throw new SetupError(`no object matches ${only.source} (npm run test:third-party -- --list)`);
  for (const each of [found.bpfcc, found.linux, ...found.headers]) console.log(describeSource(each));
  build();
  const libbpf = buildLibbpf(LIBBPF);
  const work = join(root, ".build/third-party");
  rmSync(join(work, "skeletons"), { recursive: true, force: true });
  const started = performance.now();
  const objects = await compileAll(subjects, { folder: join(cache, "objects", sourcesKey(found)), jobs });
  const checked = await check(objects, { folder: join(work, "skeletons"), jobs, libbpf: libbpf.file });
  const loaded = machine ? await loadTools(checked) : undefined;

  const outcomes = checked.map((each) => judge(each, loaded?.loads.get(each.id)));
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, "outcomes.json"), `${JSON.stringify(outcomes, null, 1)}\n`);
  const surprises = compareWithKnown(outcomes, known, { loaded: machine });
  for (const line of surprises) console.log(line);
  const failures = outcomes.filter(({ failure }) => failure !== undefined).length;
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${outcomes.length} objects: ${failures} failures, ${surprises.length} surprises (${seconds} s); ` +
      "all of it is in .build/third-party/outcomes.json",
  );
  if (subjects.length === all.length && loaded !== undefined) {
    const text = report(outcomes, { sources: found, libbpf: libbpf.version, machine: loaded.machine, known });
    mkdirSync(join(root, "docs"), { recursive: true });
    writeFileSync(document, await formatMarkdown(document, text));
    announce("wrote docs/third-party.md");
  }
  return surprises.length === 0 ? 0 : 1;
}

await runMain(main);
