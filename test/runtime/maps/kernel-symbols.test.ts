import { KernelSymbols } from "tinybpf";
import { expect, test } from "vitest";

const symbols = new KernelSymbols(
  [
    "ffffffff81000000 T _text",
    "ffffffff81000100 t do_one",
    "ffffffff81000100 T alias_of_one",
    "ffffffff81000200 d some_data",
    "ffffffff81000300 W weak_two",
    "ffffffffc0001000 t helper\t[nf_tables]",
    "ffffffffc0002000 t bpf_prog_1_on_exec\t[bpf]",
  ].join("\n"),
);

test.each([
  [0xffff_ffff_8100_0000n, { name: "_text", module: undefined, offset: 0 }],
  [0xffff_ffff_8100_00ffn, { name: "_text", module: undefined, offset: 255 }],
  [0xffff_ffff_8100_0104n, { name: "do_one", module: undefined, offset: 4 }],
  // Data are no code: what lies there belongs to the function before.
  [0xffff_ffff_8100_0210n, { name: "do_one", module: undefined, offset: 0x110 }],
  [0xffff_ffff_8100_0301n, { name: "weak_two", module: undefined, offset: 1 }],
  [0xffff_ffff_c000_1010n, { name: "helper", module: "nf_tables", offset: 16 }],
  [0xffff_ffff_c000_2000n, { name: "bpf_prog_1_on_exec", module: "bpf", offset: 0 }],
  // An address of a process, and one far behind everything.
  [0x7fff_0000_0000n, undefined],
  [0xffff_ffff_ffff_0000n, undefined],
])("%x", (address, expected) => {
  expect(symbols.find(address)).toEqual(expected);
});

test("without symbols nothing is found", () => {
  expect(new KernelSymbols("").find(1n)).toBeUndefined();
});
