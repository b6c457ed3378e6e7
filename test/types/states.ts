/** What must not compile about the states of a skeleton, its programs and its globals. Nothing here runs. */
import { Exec, type OpenExec } from "../golden/exec.skel.ts";
import type { Globals } from "../golden/globals.skel.ts";
import type { Syscall } from "../golden/syscall.skel.ts";
import type { Uprobe } from "../golden/uprobe.skel.ts";
import type { Xdp } from "../golden/xdp.skel.ts";

export function opened(open: OpenExec): Exec {
  open.rodata.target_ppid = 42;
  // @ts-expect-error programs are attached once they are loaded
  open.attach();
  // @ts-expect-error a map has no entries before it exists
  open.maps.per_pid.set(1, { execs: 0n, last_ts: 0n });
  // @ts-expect-error a program cannot be attached before it is loaded
  open.programs.on_exec.attach();
  open.maps.events.maxEntries = 4096;
  // @ts-expect-error there is no such map
  open.maps.nothing.maxEntries = 1;
  return open.load();
}

export function loaded(exec: Exec): void {
  // @ts-expect-error it is loaded already
  exec.load();
  // @ts-expect-error the kernel has frozen .rodata
  exec.rodata.target_ppid = 42;
  exec.bss.hits = 0;
  exec.bss.hits = 0n;
  // @ts-expect-error a u64 is no string
  exec.bss.hits = "0";
  // @ts-expect-error there is no such variable
  void exec.bss.misses;
  // @ts-expect-error there is no .data in this object
  void exec.data;
  // @ts-expect-error the size of a map is fixed
  exec.maps.per_pid.maxEntries = 1;
}

export function config(): void {
  Exec.load({ rodata: { target_ppid: 42 }, bss: { hits: 1 } });
  // @ts-expect-error there is no such variable
  Exec.load({ rodata: { target_pid: 42 } });
  // @ts-expect-error a u32 is a number
  Exec.load({ rodata: { target_ppid: 42n } });
  // @ts-expect-error there is no such map
  Exec.load({ maps: { nothing: { maxEntries: 1 } } });
  Exec.load({ maps: { events: { maxEntries: 4096 } }, programs: { on_exec: { autoload: false } } });
  // @ts-expect-error there is no such program
  Exec.load({ programs: { nothing: { autoload: false } } });
}

export function programs(xdp: Xdp, uprobe: Uprobe, exec: Exec): void {
  xdp.programs.drop_all.attach("lo");
  // @ts-expect-error XDP wants an interface
  xdp.programs.drop_all.attach();
  // @ts-expect-error XDP wants no symbol
  xdp.programs.drop_all.attach({ binary: "libc.so.6", symbol: "malloc" });
  uprobe.programs.on_entry.attach({ binary: "libc.so.6", symbol: "malloc" });
  // @ts-expect-error a uprobe wants no interface
  uprobe.programs.on_entry.attach("lo");
  // @ts-expect-error a tracepoint is no syscall program
  exec.programs.on_exec.run();
  // @ts-expect-error there is no such program
  void exec.programs.on_fork;
}

export function syscalls(demo: Syscall): void {
  const { ctx } = demo.programs.echo.run({ number: 1, length: 0, text: "hi", calls: 0 });
  const text: string = ctx.text;
  // @ts-expect-error the context is not optional
  demo.programs.echo.run();
  // @ts-expect-error the context of another program
  demo.programs.emit.run({ number: 1, length: 0, text, calls: 0 });
}

export function globals(skeleton: Globals): void {
  skeleton.data.label = "text";
  skeleton.data.settings = { limit: 1, mask: 2, name: "n", table: [1, 2, 3] };
  // @ts-expect-error an array of numbers is no string
  skeleton.data.settings = { limit: 1, mask: 2, name: "n", table: "123" };
  skeleton.bss.histogram = [1, 2, 3, 4, 5, 6, 7, 8];
  skeleton.data.mode = 3;
  // @ts-expect-error not a value of the enum
  skeleton.data.mode = 4;
  // @ts-expect-error static variables are the object's own
  void skeleton.data.local_value;
}
