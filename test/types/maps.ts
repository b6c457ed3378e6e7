/** What must not compile about maps. Nothing here runs. */
import { type Enums, State } from "../golden/enums.skel.ts";
import type { Exec } from "../golden/exec.skel.ts";
import type { Key, Maps } from "../golden/maps.skel.ts";
import type { Xdp } from "../golden/xdp.skel.ts";

export function keysAndValues(exec: Exec): void {
  exec.maps.per_pid.set(42, { execs: 1n, last_ts: 2 });
  // @ts-expect-error a key is a number
  exec.maps.per_pid.set("42", { execs: 1n, last_ts: 2n });
  // @ts-expect-error a member is missing
  exec.maps.per_pid.set(42, { execs: 1n });
  // @ts-expect-error a member too many
  exec.maps.per_pid.set(42, { execs: 1n, last_ts: 2n, first_ts: 3n });
  // @ts-expect-error a u64 is no string
  exec.maps.per_pid.set(42, { execs: "1", last_ts: 2n });
  // @ts-expect-error what is read may be absent
  void exec.maps.per_pid.get(42).execs;
  const stats = exec.maps.per_pid.get(42);
  if (stats !== undefined) {
    const execs: bigint = stats.execs;
    // @ts-expect-error a u64 is read as a bigint
    const wrong: number = stats.execs;
    // what was read can be written
    exec.maps.per_pid.set(43, { ...stats, execs: execs + 1n, last_ts: BigInt(wrong) });
  }
}

export function unknownMap(exec: Exec, other: Exec): void {
  // @ts-expect-error there is no such map
  void exec.maps.per_tid;
  // @ts-expect-error maps are not replaced
  exec.maps.events = other.maps.events;
}

export function callbacks(exec: Exec): void {
  const seen: number[] = [];
  exec.maps.events.consume((event) => seen.push(event.pid));
  exec.maps.events.consumeViews((event) => event.pid !== 0);
  // @ts-expect-error the view would be gone when the callback goes on
  exec.maps.events.consumeViews(async (event) => event.pid);
  // @ts-expect-error nobody would see what it throws
  exec.maps.events.consume(async (event) => void seen.push(event.pid));
}

export async function events(exec: Exec): Promise<void> {
  for await (const event of exec.maps.events) {
    const comm: string = event.comm;
    // @ts-expect-error there is no such member
    void event.command;
    // @ts-expect-error a string is no number
    const pid: number = event.comm;
    exec.maps.per_pid.delete(pid + comm.length);
  }
  exec.maps.events.consumeViews((view) => {
    const pid: number = view.pid;
    // @ts-expect-error a view is for reading
    view.pid = pid;
  });
  // @ts-expect-error a ring buffer has no keys
  void exec.maps.events.get(1);
}

export function structKeys(maps: Maps): void {
  const key: Key = { id: 1, zone: 2, flags: 3 };
  maps.maps.hash.get(key);
  // @ts-expect-error the key is a struct
  maps.maps.hash.get(1);
  // @ts-expect-error an array is indexed
  maps.maps.array.get(key);
  maps.maps.opaque.set(new Uint8Array(6), new Uint8Array(12));
  // @ts-expect-error opaque bytes are a Uint8Array
  maps.maps.opaque.set([1, 2, 3, 4, 5, 6], new Uint8Array(12));
  // @ts-expect-error a queue has no keys
  maps.maps.queue.get(0);
}

export function enumKeys(enums: Enums): void {
  const maps = enums.maps.by_state;
  maps.get(State.STATE_NEW);
  maps.get(100);
  // @ts-expect-error not a value of the enum
  maps.get(99);
  // @ts-expect-error enums are numbers
  maps.get("STATE_NEW");
}

export function perCpu(xdp: Xdp): void {
  const [first] = xdp.maps.total.get(0) ?? [];
  const packets: bigint | undefined = first?.packets;
  // @ts-expect-error a value for each CPU
  void xdp.maps.total.get(0).packets;
  // @ts-expect-error a value for each CPU
  xdp.maps.total.set(0, { packets, bytes: 0n });
}
