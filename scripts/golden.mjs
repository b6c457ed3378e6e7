// Writes test/golden/<fixture>.skel.ts for every fixture with the built generator; with --check only compares.
// Options that a fixture is generated with are in test/golden/options.json; with "source" there, an entry is one more
// skeleton of that fixture.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseObject } from "../src/btf-parser/dist/index.js";
import { generateSkeleton } from "../src/codegen/dist/index.js";

const fixtures = new URL("../fixtures/", import.meta.url);
const golden = new URL("../test/golden/", import.meta.url);
const checkOnly = process.argv.includes("--check");
const options = JSON.parse(readFileSync(new URL("options.json", golden), "utf8"));

const stems = readdirSync(fixtures)
  .filter((name) => name.endsWith(".bpf.o"))
  .map((name) => name.replace(/\.bpf\.o$/, ""));
const variants = Object.keys(options).filter((stem) => "source" in options[stem]);

const wanted = new Map();
for (const stem of [...stems, ...variants]) {
  const source = options[stem]?.source ?? `${stem}.bpf.o`;
  const file = new URL(`${stem}.skel.ts`, golden);
  const model = parseObject(readFileSync(new URL(source, fixtures)));
  const text = await generateSkeleton(model, { source, outputPath: fileURLToPath(file), ...options[stem] });
  wanted.set(`${stem}.skel.ts`, text);
}

let differences = 0;
function differs(name, what) {
  differences++;
  console.log(`${checkOnly ? "differs" : "wrote"}: test/golden/${name}${what}`);
}

for (const [name, text] of wanted) {
  const file = new URL(name, golden);
  const actual = readOrEmpty(file);
  if (actual === text) continue;
  if (!checkOnly) writeFileSync(file, text);
  differs(name, actual === "" ? " (new)" : "");
}
for (const name of readdirSync(golden)) {
  if (!name.endsWith(".skel.ts") || wanted.has(name)) continue;
  if (!checkOnly) rmSync(new URL(name, golden));
  differs(name, checkOnly ? " (no such fixture)" : " (removed: no such fixture)");
}

if (differences === 0) console.log(`${wanted.size} golden files are up to date`);
else if (checkOnly) {
  console.log("Look at the differences, then: npm run golden");
  process.exitCode = 1;
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return "";
    throw error;
  }
}
