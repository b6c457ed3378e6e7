/** What must not compile about maps. Nothing here runs. */
import { hashMap, le, openPinnedMap, type XdpProgram } from "tinybpf";
import { type Enums, State } from "../golden/enums.skel.ts";
import type { Exec } from "../golden/exec.skel.ts";
import type { MapInMap } from "../golden/map_in_map.skel.ts";
import type { MapKinds } from "../golden/map_kinds.skel.ts";
import { type Key, type LpmKey, type Maps, Value } from "../golden/maps.skel.ts";
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

export function allKinds(kinds: MapKinds, maps: Maps, inMaps: MapInMap, program: XdpProgram): void {
  const { routes, queue } = maps.maps;
  const { bloom } = kinds.maps;
  routes.set("10.0.0.0/8", 1);
  const route: LpmKey = routes.key("10.0.0.0/8");
  routes.get(route);
  // @ts-expect-error a key is a struct or text
  routes.get(10);
  // @ts-expect-error a trie takes nothing out
  routes.take(route);

  const job: Value | undefined = queue.pop();
  queue.push({ packets: 1, bytes: 2n }, "replace");
  // @ts-expect-error there are two ways
  queue.push({ packets: 1, bytes: 2n }, "wait");
  // @ts-expect-error there may be none
  void queue.peek().packets;
  // @ts-expect-error a queue cannot be listed
  for (const value of queue) void value;

  bloom.add(1);
  // @ts-expect-error a filter forgets nothing
  bloom.delete(1);
  // @ts-expect-error its values are numbers
  bloom.has("1");

  inMaps.maps.tails.set(0, program);
  inMaps.maps.tails.set(0, 5);
  // @ts-expect-error a program has a descriptor
  inMaps.maps.tails.set(0, "tail_one");

  inMaps.maps.outer_array.set(0, inMaps.maps.inner_a);
  // @ts-expect-error another kind of map
  inMaps.maps.outer_array.set(0, maps.maps.hash);
  // @ts-expect-error the same kind with other values
  inMaps.maps.outer_array.set(0, maps.maps.array);
  const inner: bigint | undefined = inMaps.maps.outer_array.get(0)?.get(1);
  // @ts-expect-error a skeleton's maps are closed with it alone
  inMaps.maps.inner_a.close();
  // @ts-expect-error the key is a u64
  inMaps.maps.outer_hash.get("1");

  kinds.maps.ports.set(1, "eth0", program);
  // @ts-expect-error the interface is missing
  kinds.maps.ports.set(1);
  kinds.maps.by_endpoint.set({ address: 1, port: 2, unused: 0 }, 5);
  // @ts-expect-error a key is a struct
  kinds.maps.by_endpoint.set(1, 5);
  kinds.maps.of_tasks.set(process.pid, { count: 1, last: 2 });
  // @ts-expect-error a task has no path
  kinds.maps.of_tasks.get("/proc/1");
  kinds.maps.of_cgroups.get("/sys/fs/cgroup");
  // @ts-expect-error storage cannot be listed
  kinds.maps.of_cgroups.keys();
  void [job, inner];
}

export function sums(maps: Maps, xdp: Xdp): void {
  const packets: bigint = xdp.maps.total.sum(0, (value) => value.packets);
  const numbers: number = maps.maps.percpu_array.sum(0);
  const found: bigint | undefined = maps.maps.percpu_hash.sum(1, (value) => value.bytes);
  // @ts-expect-error a struct has no sum of its own
  maps.maps.percpu_hash.sum(1);
  // @ts-expect-error what is added is a number
  maps.maps.percpu_hash.sum(1, (value) => value);
  // @ts-expect-error only per-CPU maps have sums
  maps.maps.lru.sum(1n);
  void [packets, numbers, found];
}

export function opened(path: string): void {
  const map = openPinnedMap(path, hashMap(le.u32, Value));
  const value: Value | undefined = map.get(1);
  map.close();
  // @ts-expect-error the key is a number
  map.get("1");
  // @ts-expect-error it says what the map is
  openPinnedMap(path);
  void value;
}
