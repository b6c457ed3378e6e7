#!/usr/bin/env node
// Node 22.1 and later keep what they compiled: most of ts-morph's start-up. It counts for what is imported from here on.
import module from "node:module";
module.enableCompileCache?.();
const { main } = await import("./dist/cli.js");
process.exitCode = await main(process.argv.slice(2));
