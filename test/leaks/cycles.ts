/** Ways through the runtime from opening to closing, right ones and failing ones: none may leave anything behind. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  arrayMap,
  type BaseProgram,
  BpfError,
  type BpfMap,
  createMap,
  enableStats,
  hashMap,
  le,
  merge,
  openMapById,
  openPinnedLink,
  openPinnedMap,
  type Skeleton,
  TinyBpfError,
} from "tinybpf";
import * as dynamic from "tinybpf/dynamic";
import { skeleton } from "tinybpf/gen-v1";
import { CoreFailure } from "../golden/core_fail.skel.ts";
import { Exec } from "../golden/exec.skel.ts";
import { Globals } from "../golden/globals.skel.ts";
import { Iterators } from "../golden/iterators.skel.ts";
import { MapInMap } from "../golden/map_in_map.skel.ts";
import { Maps } from "../golden/maps.skel.ts";
import { PerfEvents } from "../golden/perf_events.skel.ts";
import { Probes } from "../golden/probes.skel.ts";
import { Syscall } from "../golden/syscall.skel.ts";
import { Tc } from "../golden/tc.skel.ts";
import { Uprobe } from "../golden/uprobe.skel.ts";
import { UserRingbuf } from "../golden/user_ringbuf.skel.ts";
import { VerifierReject } from "../golden/verifier_reject.skel.ts";
import { Xdp } from "../golden/xdp.skel.ts";
import type { Places } from "../misuse/places.ts";

/** Takes down what the kernel has, to see later that it is gone. */
export interface Watching {
  map(id: number): void;
  program(id: number): void;
}

export type Cycle = (places: Places, watching: Watching) => void | Promise<void>;

/** Whatever the error, it must be one of ours. */
function fails(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (error instanceof TinyBpfError) return;
    throw error;
  }
  throw new Error("it was to fail");
}

/** Loads, watches everything, and closes in any case. */
function using(watching: Watching, loaded: Skeleton, use: () => void = () => undefined): void {
  try {
    for (const map of Object.values(loaded.maps) as BpfMap[]) watching.map(map.id);
    for (const program of Object.values(loaded.programs) as BaseProgram[])
      if (program.loaded) watching.program(program.info.id);
    use();
  } finally {
    loaded.close();
  }
}

const plain: Cycle = (_, watching) => {
  const exec = Exec.load({ rodata: { target_ppid: 1 } });
  using(watching, exec, () => {
    exec.maps.per_pid.set(1, { execs: 1, last_ts: 2 });
    if ([...exec.maps.per_pid].length !== 1) throw new Error("the map has other elements");
    exec.maps.events.consume(() => undefined);
    if (exec.bss.hits !== 0n) throw new Error("somebody was watched");
  });
};

const tracepoint: Cycle = (_, watching) => {
  const exec = Exec.load({ rodata: { target_ppid: 1 } });
  using(watching, exec, () => {
    exec.attach();
    exec.maps.events.consume(() => undefined);
  });
};

const everyMap: Cycle = (_, watching) => {
  const maps = Maps.load();
  using(watching, maps, () => {
    const { hash, array, queue, routes, percpu_hash } = maps.maps;
    hash.setMany([
      [
        { id: 1, zone: 2, flags: 3 },
        { packets: 1, bytes: 2 },
      ],
    ]);
    array.set(1, { packets: 1, bytes: 2 });
    queue.push({ packets: 1, bytes: 2 });
    routes.set("10.0.0.0/8", 1);
    // Left in the middle.
    hash.entries().next();
    array.values().next();
    fails(() => percpu_hash.set(1, []));
    fails(() => array.get(100));
    maps.programs.touch.testRun();
  });
};

/** Programs of the operating system that no BPF object is. */
const broken = (bytes: Uint8Array): ReturnType<typeof skeleton> =>
  skeleton({ name: "Broken", source: "broken.bpf.o", object: () => bytes, maps: {}, programs: {} });

const failedOpen: Cycle = ({ fixtures }) => {
  const bytes = readFileSync(join(fixtures, "exec.bpf.o"));
  fails(() => broken(bytes.subarray(0, 700)).open());
  fails(() => broken(new Uint8Array(100)).load());
  fails(() => dynamic.open(bytes.subarray(0, 3000)));
  fails(() => dynamic.open("/nonexistent"));
  const fits = { name: "Other", source: "other.bpf.o", object: () => bytes, programs: {} };
  fails(() => skeleton({ ...fits, maps: { missing: arrayMap(le.u32) } }).open());
  fails(() => skeleton({ ...fits, maps: { per_pid: arrayMap(le.u32) } }).open());
};

const failedLoad: Cycle = ({ pins }) => {
  fails(() => VerifierReject.load());
  fails(() => CoreFailure.load());
  fails(() => Maps.load({ maps: { hash: { maxEntries: 0 } } }));
  // Some maps are made by then.
  fails(() => Maps.load({ maps: { queue: { flags: 0x7fff } } }));
  fails(() => Maps.load({ maps: { hash: { pinPath: join(pins, "no/such/folder") } } }));
};

const failedConfiguration: Cycle = () => {
  fails(() => Exec.load({ rodata: { target_ppid: -1 } }));
  fails(() => Exec.load({ maps: { per_pid: { maxEntries: 1.5 } } }));
  const open = Exec.open();
  fails(() => (open.maps.events.maxEntries = -1));
  open.close();
};

const failedAttach: Cycle = (_, watching) => {
  const xdp = Xdp.load();
  using(watching, xdp, () => {
    fails(() => xdp.programs.drop_all.attach("nonexistent"));
    fails(() => xdp.programs.drop_all.attach("lo", { mode: "offload" }));
  });
  const uprobe = Uprobe.load({ rodata: { target_tgid: process.pid } });
  using(watching, uprobe, () => {
    fails(() => uprobe.programs.on_entry.attach({ binary: "/nonexistent", symbol: "main" }));
    fails(() => uprobe.programs.on_entry.attach({ binary: "libc.so.6", symbol: "nonexistent" }));
  });
  const tc = Tc.load();
  using(watching, tc, () => {
    fails(() => tc.programs.first.attachClassic("lo", { direction: "egress", priority: -1 }));
    fails(() => tc.programs.first.attach("lo", { direction: "egress", before: tc.programs.second }));
  });
};

const uprobe: Cycle = (_, watching) => {
  const probes = Uprobe.load({ rodata: { target_tgid: process.pid } });
  using(watching, probes, () => {
    probes.programs.on_entry.attach({ binary: "libc.so.6", symbol: "getpriority", pid: process.pid });
  });
};

const perfEvent: Cycle = (_, watching) => {
  const probes = Probes.load({ programs: { on_sample: { autoload: true } } });
  using(watching, probes, () => {
    const { on_sample } = probes.programs;
    on_sample.attach({ event: "cpu-clock", frequency: 10, pid: process.pid });
    on_sample.attach({ event: "cpu-clock", frequency: 10 }).close();
    fails(() => on_sample.attach({ event: { type: 4242, config: 1 }, frequency: 10 }));
  });
};

const rings: Cycle = (_, watching) => {
  const demo = Syscall.load();
  using(watching, demo, () => {
    const { events } = demo.maps;
    demo.programs.emit.run({ count: 5, emitted: 0, flags: 0n });
    let kept: { readonly seq: number } | undefined;
    events.consumeViews((view) => {
      kept = view;
      return false;
    });
    void events[Symbol.asyncIterator]().next();
    for (let i = 0; i < 10; i++) void events[Symbol.asyncIterator]().next();
    try {
      events.consume(() => {
        throw new RangeError("of the callback");
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    demo.close();
    fails(() => kept?.seq);
  });
};

const closedWithin: Cycle = (_, watching) => {
  const demo = Syscall.load();
  using(watching, demo, () => {
    demo.programs.emit.run({ count: 5, emitted: 0, flags: 0n });
    demo.maps.events.consume(() => demo.close());
  });
};

const perfBuffers: Cycle = (_, watching) => {
  const perf = PerfEvents.load();
  using(watching, perf, () => {
    perf.maps.samples.open({ pages: 2 });
    perf.programs.send_samples.testRun({ context: new Uint8Array(BigUint64Array.of(500n).buffer) });
    void perf.maps.samples[Symbol.asyncIterator]().next();
    void perf.maps.files[Symbol.asyncIterator]().next();
    fails(() => perf.maps.samples.open({ pages: 4 }));
    fails(() => perf.maps.raw.open({ pages: 3 }));
    let count = 0;
    perf.maps.samples.consume(() => {
      if (++count === 3) perf.close();
    });
  });
};

/** Never aborted, and outlives everything: who listened to it must not go on doing so. */
const patience = new AbortController().signal;

/** Given up by whoever reads, or aborted, or closed under who waits. */
const streams: Cycle = async (_, watching) => {
  const demo = Syscall.load();
  const pending: Promise<unknown>[] = [];
  using(watching, demo, () => {
    const { events } = demo.maps;
    const stop = new AbortController();
    demo.programs.emit.run({ count: 4, emitted: 0, flags: 0n });
    for (const signal of [patience, stop.signal])
      pending.push(
        events.iterate({ signal }).next(),
        events.batches({ signal, max: 2 }).next(),
        events.listen(() => undefined, { signal }),
        events.poll(60_000, () => undefined, { signal }),
        events.poll(0, () => undefined, { signal }),
        events.readable({ signal }).getReader().read(),
        merge({ events, again: events }, { signal }).next(),
        events.readable().pipeTo(new WritableStream(), { signal }),
      );
    const given = events.iterate({ signal: patience });
    pending.push(given.next());
    void given.return?.();
    const reader = events.readable().getReader();
    pending.push(reader.read(), reader.cancel());
    for (const half of events.readable().tee()) pending.push(half.getReader().read());
    // Neither read nor ended.
    events.readable({ signal: patience }).getReader();
    events.batches()[Symbol.asyncIterator]();
    stop.abort(new Error("enough"));
  });
  await Promise.allSettled(pending);
};

const perfStreams: Cycle = async (_, watching) => {
  const perf = PerfEvents.load();
  const pending: Promise<unknown>[] = [];
  using(watching, perf, () => {
    const { samples } = perf.maps;
    samples.open({ pages: 1 });
    samples.onLost = () => {
      throw new RangeError("of a listener");
    };
    perf.programs.send_samples.testRun({ context: new Uint8Array(BigUint64Array.of(500n).buffer) });
    const records = samples.records({ signal: patience });
    for (let i = 0; i < 3; i++) pending.push(records.next());
    pending.push(
      samples.listenViews(() => false, { signal: patience }),
      samples.batches({ signal: patience }).next(),
      samples.batches({ signal: AbortSignal.abort() }).next(),
      merge({ samples, files: perf.maps.files }, { signal: patience }).next(),
    );
  });
  await Promise.allSettled(pending);
};

const userRings: Cycle = async (_, watching) => {
  const user = UserRingbuf.load();
  const pending: Promise<unknown>[] = [];
  using(watching, user, () => {
    const { commands } = user.maps;
    const command = { seq: 0, weight: 1, value: 1n, text: "" };
    const stop = new AbortController();
    while (commands.write(command));
    fails(() => commands.write({ ...command, weight: 2 ** 40 }));
    for (const signal of [patience, stop.signal]) pending.push(commands.send(command, { signal }));
    const writers = [commands.writable().getWriter(), commands.writable().getWriter()];
    for (const writer of writers) pending.push(writer.write(command), writer.write(command));
    for (const writer of writers.slice(1)) pending.push(writer.abort(new Error("enough")));
    user.programs.drain_commands.run({ flags: 0, limit: 1, drained: 0 });
    stop.abort(new Error("enough"));
  });
  await Promise.allSettled(pending);
};

const iteratorLinks: Cycle = (_, watching) => {
  const iterators = Iterators.load();
  using(watching, iterators, () => {
    const { dump_map, dump_task } = iterators.programs;
    const { counts } = iterators.maps;
    for (let key = 0; key < 8; key++) counts.set(key, key);
    const link = dump_map.attach({ map: counts });
    link.text();
    link.chunks().next();
    link.lines().next();
    link.stream();
    dump_task.read({ tid: process.pid });
    fails(() => dump_map.attach());
  });
};

const pinned: Cycle = ({ pins }, watching) => {
  const path = join(pins, "map");
  using map = createMap(hashMap(le.u32, le.u64), { maxEntries: 4, name: "pinned" });
  watching.map(map.id);
  map.pin(path);
  {
    using again = openPinnedMap(path, hashMap(le.u32, le.u64));
    again.set(1, 1);
    using byName = dynamic.openPinnedMap(path);
    using byId = openMapById(byName.id, hashMap(le.u32, le.u64));
    byId.get(1);
    fails(() => openPinnedMap(path, arrayMap(le.u32)));
    fails(() => dynamic.openPinnedMap(path, "ArrayMap"));
    fails(() => openPinnedLink(path));
  }
  map.unpin();
  fails(() => openPinnedMap(path, hashMap(le.u32, le.u64)));
};

const pinnedLinks: Cycle = ({ pins }, watching) => {
  const xdp = Xdp.load();
  const path = join(pins, "link");
  using(watching, xdp, () => {
    const link = xdp.programs.count_all.attach("lo", { mode: "skb" });
    fails(() => xdp.programs.drop_all.attach("lo", { mode: "skb" }));
    fails(() => link.pin("/tmp/no-bpf-file-system"));
    link.pin(path);
    link.close();
    using again = openPinnedLink(path);
    again.update(xdp.programs.drop_all);
    again.detach();
    xdp.programs.count_all.pin(join(pins, "program"));
    fails(() => openPinnedMap(join(pins, "program"), hashMap(le.u32, le.u64)));
    fails(() => openPinnedLink(join(pins, "program")));
    xdp.programs.count_all.unpin(join(pins, "program"));
    xdp.programs.count_all.testRun({ data: new Uint8Array(64) });
    fails(() => xdp.programs.count_all.testRun({ data: new Uint8Array(1) }));
  });
};

const innerMaps: Cycle = (_, watching) => {
  const nested = MapInMap.load();
  using(watching, nested, () => {
    const { outer_array, outer_hash, tails } = nested.maps;
    using inner = outer_hash.createInner();
    watching.map(inner.id);
    outer_hash.set(1n, inner);
    outer_hash.get(1n)?.close();
    outer_array.get(0)?.close();
    fails(() => outer_array.set(1, inner as never));
    fails(() => outer_hash.createInner({ maxEntries: 0 }));
    tails.set(1, nested.programs.tail_one);
  });
};

const byName: Cycle = ({ fixtures }, watching) => {
  const object = dynamic.load(join(fixtures, "syscall.bpf.o"));
  using(watching, object, () => {
    object.btf.struct("event");
    object.btf.type("echo_args");
    fails(() => object.btf.struct("nonexistent"));
    fails(() => object.map("events", "HashMap"));
    object.map("events", "RingBuffer").consume(() => undefined);
    object.globals.set("next_seq", 5);
    fails(() => object.globals.set("next_seq", "five"));
  });
};

const globals: Cycle = (_, watching) => {
  const all = Globals.load({ rodata: { target_pid: 1 }, data: { label: "x" } });
  using(watching, all, () => {
    all.bss.counter = 5n;
    fails(() => (all.data.settings = {} as never));
    all.programs.sum.testRun();
  });
};

const classicTc: Cycle = (_, watching) => {
  const tc = Tc.load();
  using(watching, tc, () => {
    const link = tc.programs.first.attachClassic("lo", { direction: "egress" });
    tc.programs.second.attach("lo", { direction: "ingress" });
    fails(() => link.update(tc.programs.second));
  });
  enableStats().close();
};

export const CYCLES: Readonly<Record<string, Cycle>> = {
  plain,
  everyMap,
  failedOpen,
  failedLoad,
  failedConfiguration,
  failedAttach,
  perfEvent,
  rings,
  closedWithin,
  perfBuffers,
  streams,
  perfStreams,
  userRings,
  iteratorLinks,
  pinned,
  innerMaps,
  byName,
  globals,
};

/** Those that wait for the kernel, up to a second when the machine is busy: until no CPU runs the program any more. */
export const SLOW_CYCLES: Readonly<Record<string, Cycle>> = { tracepoint, uprobe, pinnedLinks, classicTc };

/** Whether the kernel has forgotten a map: nobody has a descriptor of it any more. */
export function isGone(id: number): boolean {
  try {
    openMapById(id, hashMap(le.u8, le.u8)).close();
  } catch (error) {
    return error instanceof BpfError && error.code === "ENOENT";
  }
  return false;
}
