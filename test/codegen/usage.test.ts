/** The example in every skeleton's documentation. */
import { expect, test } from "vitest";
import { usageExample } from "../../src/codegen/usage.ts";
import { typeCheck, writeModule } from "./support.ts";

test("names the skeleton at hand", () => {
  const lines = usageExample("TcpConnect", "tcp-connect.skel", "js");
  expect(lines[0]).toBe('import { TcpConnect } from "./tcp-connect.skel.js";');
  expect(lines.slice(1).join("\n")).toContain("using tcpConnect = TcpConnect.load();");
  expect(lines.join("\n")).not.toMatch(/\btrace\b/i);
});

test("a class called like a keyword has a variable that is none", () => {
  expect(usageExample("Class", "class.skel", "js").join("\n")).toContain("using class_ = Class.load();");
});

test("compiles against a generated skeleton", () => {
  const lines = usageExample("Exec", "exec.skel", "ts").join("\n");
  const text = lines.replace("./exec.skel.ts", "../../test/golden/exec.skel.ts");
  expect(typeCheck([writeModule(`${text}\nexport {};\n`)])).toBe("");
});
