/** What must not compile about objects by name. Nothing here runs. */
import { type DynamicValue, type LoadedObject, load, open } from "tinybpf/dynamic";
import { ExecStats } from "../golden/exec.skel.ts";

export function loaded(object: LoadedObject): void {
  const map = object.map("per_pid", "HashMap");
  map.set(1, { execs: 1n, last_ts: 2 });
  // @ts-expect-error nothing is written that no C type can be
  map.set(1, undefined);
  // @ts-expect-error what is read may be absent
  const value: DynamicValue = map.get(1);
  void value;
  // @ts-expect-error nobody knows that it is a struct
  void map.get(1)?.execs;
  // @ts-expect-error no such class
  object.map("per_pid", "TreeMap");
  // @ts-expect-error a hash map has no events
  map.consume(() => {});
  object.map("events", "RingBuffer").consume((event: DynamicValue) => void event);
  // @ts-expect-error an XDP program takes an interface
  object.program("drop", "XdpProgram").attach();
  // @ts-expect-error there may be no such map
  void object.maps["per_pid"].name;
  // @ts-expect-error it was loaded already
  object.load();
  object.btf.validate("exec_stats", ExecStats, { names: false });
  // @ts-expect-error a field has a size
  object.btf.validate("exec_stats", { fields: { execs: { offset: 0 } } });
  const type = object.btf.type("exec_stats");
  // @ts-expect-error only structs and unions have fields
  void type.fields;
  if (type.kind === "struct") void type.fields;
}

export function configured(): void {
  load("exec.bpf.o", { globals: { target_ppid: 1 }, maps: { events: { maxEntries: 4096 } } });
  // @ts-expect-error maps have no such option
  load("exec.bpf.o", { maps: { events: { size: 4096 } } });
  // @ts-expect-error no such option
  load("exec.bpf.o", { rodata: { target_ppid: 1 } });
  const opened = open("exec.bpf.o");
  // @ts-expect-error nothing can be attached before it is loaded
  opened.attach();
  // @ts-expect-error a type's name
  open("exec.bpf.o", { events: { events: 5 } });
}
