// Packs templates/ into tinybpf-gen, where the built generator reads them.
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const from = fileURLToPath(new URL("../templates/", import.meta.url));
const to = fileURLToPath(new URL("../src/codegen/dist/templates/", import.meta.url));

rmSync(to, { recursive: true, force: true });
cpSync(from, to, { recursive: true });
