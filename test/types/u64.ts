/** What must not compile with `--u64 number`, and names in camelCase. Nothing here runs. */
import type { Exec } from "../golden/exec.camel.skel.ts";
import type { Maps, Value } from "../golden/maps.camel-number.skel.ts";
import type { Event, EventView, Syscall } from "../golden/syscall.number.skel.ts";

export function numbers(maps: Maps, syscall: Syscall): void {
  const counts: number | undefined = maps.maps.lru.get(1);
  maps.maps.lru.set(1, (counts ?? 0) + 1);
  // @ts-expect-error a key is a number
  maps.maps.lru.get(1n);
  // @ts-expect-error a value is a number
  maps.maps.lru.set(1, 1n);
  // @ts-expect-error a member is a number
  const value: Value = { packets: 1n, bytes: 1 };
  maps.maps.first.set(0, value.packets + value.bytes);
  syscall.bss.echo_calls += 1;
  // @ts-expect-error a global is a number
  syscall.bss.echo_calls = 1n;
  const { ctx } = syscall.programs.echo.run({ number: 1, length: 0, text: "hi", calls: 0 });
  const calls: number = ctx.calls;
  // @ts-expect-error a context has numbers
  syscall.programs.echo.run({ number: 1, length: 0, text: "hi", calls: BigInt(calls) });
}

export function events(event: Event, view: EventView): number {
  // @ts-expect-error not a bigint
  const ts: bigint = event.ts;
  return Number(ts) + view.ts;
}

export function camel(exec: Exec): void {
  exec.maps.perPid.set(1, { execs: 1, lastTs: 2 });
  // @ts-expect-error that is its name in C
  void exec.maps.per_pid;
  // @ts-expect-error that is its name in C
  exec.maps.perPid.set(1, { execs: 1, last_ts: 2 });
  // @ts-expect-error that is its name in C
  exec.programs.on_exec.attach();
  exec.programs.onExec.attach();
  // @ts-expect-error that is its name in C
  void exec.rodata.target_ppid;
}
