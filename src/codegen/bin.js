#!/usr/bin/env node
// Node 22.1 and later keep what they compiled: most of ts-morph's start-up. It counts for what is imported from here on.
import module from "node:module";
module.enableCompileCache?.();
// import() goes through promises for each of the files that a run needs; require() does not.
if (process.features.require_module && !process.argv.includes("--help"))
  module.createRequire(import.meta.url)("./dist/cli-run.js");
const { main } = await import("./dist/cli.js");
process.exitCode = await main(process.argv.slice(2));
