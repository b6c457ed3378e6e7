/** The example in every skeleton's documentation. */
import { expect, test } from "vitest";
import { type ImportedModule, usageExample } from "../../src/codegen/usage.ts";
import { typeCheck, writeModule } from "./support.ts";

function module(stem: string, letter = ""): ImportedModule {
  return { stem, letter };
}

test("names the skeleton at hand", () => {
  const lines = usageExample("TcpConnect", module("tcp-connect.skel"), "ts", "js");
  expect(lines[0]).toBe('import { TcpConnect } from "./tcp-connect.skel.js";');
  expect(lines.slice(1).join("\n")).toContain("using tcpConnect = TcpConnect.load();");
  expect(lines.join("\n")).not.toMatch(/\btrace\b/i);
});

test("a class called like a keyword has a variable that is none", () => {
  expect(usageExample("Class", module("class.skel"), "ts", "js").join("\n")).toContain(
    "using class_ = Class.load();",
  );
});

test("compiles against a generated skeleton", () => {
  const lines = usageExample("Exec", module("exec.skel"), "ts", "ts").join("\n");
  const text = lines.replace("./exec.skel.ts", "../../test/golden/exec.skel.ts");
  expect(typeCheck([writeModule(`${text}\nexport {};\n`)])).toBe("");
});

test.each([
  ["ts", "", "js", "./x.skel.js"],
  ["ts", "m", "js", "./x.skel.mjs"],
  ["ts", "m", "ts", "./x.skel.mts"],
  ["ts", "m", "none", "./x.skel"],
  ["js", "", "js", "./x.skel.js"],
  ["js", "m", "js", "./x.skel.mjs"],
] as const)("a .%s file after %j with extension %s is imported as %s", (target, letter, extension, path) => {
  expect(usageExample("X", module("x.skel", letter), target, extension)[0]).toBe(
    `import { X } from "${path}";`,
  );
});

test("in JavaScript runs on engines without using", () => {
  const lines = usageExample("TcpConnect", module("tcp-connect.skel"), "js", "js");
  expect(lines).toContain("  tcpConnect.close(); // detaches, unmaps, frees");
  expect(lines.join("\n")).not.toMatch(/\busing\b|\btrace\b/i);
});
