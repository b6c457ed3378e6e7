import { describe, expect, test } from "vitest";
import {
  IMPORT_EXTENSIONS,
  OptionsError,
  describeOptions,
  parseEvent,
  parseEvents,
  parseChoice,
  parseName,
} from "../../src/codegen/options.ts";

describe("--name", () => {
  test.each(["Trace", "_x", "$y", "trace2"])("accepts %s", (name) => {
    expect(parseName(name)).toBe(name);
  });

  test.each(["", "a-b", "1st", "class", "naïve", "a b", "x;y"])("quotes %j back", (name) => {
    expect(() => parseName(name)).toThrow(OptionsError);
    expect(() => parseName(name)).toThrow(JSON.stringify(name));
  });

  test.each(["HashMap", "Skeleton", "Uint8Array"])("says that %s is taken", (name) => {
    expect(() => parseName(name)).toThrow("taken");
  });
});

describe("--name that means something in a TypeScript type", () => {
  test.each([
    "any",
    "bigint",
    "boolean",
    "infer",
    "keyof",
    "never",
    "null",
    "number",
    "object",
    "readonly",
    "string",
    "symbol",
    "undefined",
    "unique",
    "unknown",
    "void",
  ])("%s is refused", (name) => {
    expect(() => parseName(name)).toThrow(OptionsError);
  });
});

describe("--event", () => {
  test("is a map and a type", () => {
    expect(parseEvent("events=struct exec_event")).toEqual(["events", "struct exec_event"]);
    expect(parseEvent("log=start=KIND_START|stop=2:kind")).toEqual(["log", "start=KIND_START|stop=2:kind"]);
  });

  test.each(["events", "events=", "=exec_event", ""])("quotes %j back", (text) => {
    expect(() => parseEvent(text)).toThrow(`${JSON.stringify(text)} is not of the form map=struct`);
  });
});

test("--event for two maps, but for each once", () => {
  expect([...parseEvents(["a=x", "b=x"])]).toEqual([
    ["a", "x"],
    ["b", "x"],
  ]);
  expect(() => parseEvents(["a=x", "b=x", "a=y"])).toThrow('--event "a" is given twice: "x" and "y"');
});

test("--import-ext is one of three", () => {
  expect(parseChoice("import-ext", "none", IMPORT_EXTENSIONS)).toBe("none");
  expect(() => parseChoice("import-ext", "mjs", IMPORT_EXTENSIONS)).toThrow('"mjs" is none of js, ts, none');
});

describe("the options in a header", () => {
  test("are those that change the output", () => {
    expect(describeOptions({ source: "a.bpf.o", name: "A", importExtension: "js" }, "A")).toBe("none");
    expect(
      describeOptions(
        {
          source: "a.bpf.o",
          name: "B",
          types: ["x_*"],
          events: { events: "it's" },
          objectPath: "./a.bpf.o",
          importExtension: "ts",
        },
        "A",
      ),
    ).toBe(String.raw`--name B --type 'x_*' --event 'events=it'\''s' --no-embed --import-ext ts`);
  });
});
