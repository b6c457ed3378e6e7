import { basename } from "node:path";

/** The name of an object without what says that it is one: `dir/trace.bpf.o` gives `trace`. */
export function objectStem(path: string): string {
  const name = basename(path);
  return name.replace(/(?:\.bpf)?\.o$/, "") || name;
}
