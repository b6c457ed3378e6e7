/** What the command does only where somebody watches. */
import { expect, test } from "vitest";
import { type Terminal, timed } from "../../src/codegen/cli-terminal.ts";

function recorder(interactive: boolean): { readonly terminal: Terminal; readonly said: string[] } {
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  return { terminal: { out: say, err: say, interactive, colours: true, columns: 80 }, said };
}

test("a message begins with the time", () => {
  const { terminal, said } = recorder(true);
  const stamped = timed(terminal);
  stamped.out("wrote x\n");
  stamped.err("x: one\n  two\n");
  expect(said[0]).toMatch(/^\[\d\d:\d\d:\d\d\] wrote x\n$/);
  expect(said[1]).toMatch(/^\[\d\d:\d\d:\d\d\] x: one\n {2}two\n$/);
  expect(stamped).toMatchObject({ interactive: true, colours: true, columns: 80 });
});

test("but not in a file or a pipe", () => {
  const { terminal, said } = recorder(false);
  timed(terminal).out("wrote x\n");
  expect(said).toEqual(["wrote x\n"]);
});
