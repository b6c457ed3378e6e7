/** What an episode can open of maps that deliver events. */
import { join } from "node:path";
import { init, type PerfEventArray, type RingBuffer } from "tinybpf";
import * as dynamic from "tinybpf/dynamic";
import { onlineCpus } from "../../src/runtime/maps/online-cpus.ts";
import { Arena } from "../golden/arena.skel.ts";
import { PerfEvents } from "../golden/perf_events.skel.ts";
import { Producers } from "../golden/producers.skel.ts";
import { Syscall } from "../golden/syscall.skel.ts";
import { UserRingbuf } from "../golden/user_ringbuf.skel.ts";
import { ArenaActor } from "./arena.ts";
import type { Numbered } from "./deliveries.ts";
import { must } from "./outcome.ts";
import { act, own, root, type Scene } from "./stage.ts";
import { StreamActor } from "./streams.ts";
import { UserRingActor } from "./user-ring.ts";
import type { World } from "./world.ts";

/** Whether streams may be given up in the middle, which makes what is counted less exact. */
const mayLose = (world: World): boolean => world.random.oneIn(2);

export const syscall: Scene = (world) => {
  const skeleton = must(() => Syscall.load());
  const owner = own(world, "syscall", skeleton);
  const { events } = skeleton.maps;
  const facts = {
    title: "events",
    owner,
    map: events,
    producers: [0],
    send: (_producer: number, _first: number, count: number) =>
      skeleton.programs.emit.run({ count, emitted: 0, flags: 0n }).ctx.emitted,
    available: () => events.info.available,
  };
  act(world, new StreamActor(facts, mayLose(world)));
  root(world, "echo", owner, skeleton.programs.echo, {
    samples: () => [{ number: 1, length: 0, text: "a", calls: 0n }],
  });
  root(world, "syscall", owner, skeleton);
};

/** The parts of producers.bpf.o, however they were got. */
interface Producing {
  readonly skeleton: { readonly closed: boolean; close(): void };
  readonly ring: RingBuffer<Numbered, Numbered>;
  readonly perf: PerfEventArray<Numbered, Numbered>;
  /** How many found room. */
  readonly produce: TestRun;
  readonly producePerf: TestRun;
}

type TestRun = (options: { context: Uint8Array; cpu?: number; flags?: number }) => { retval: number };

const BPF_F_TEST_RUN_ON_CPU = 1;

/** What the producers take: who they are, the number of the first event, and how many. */
function words(producer: number, first: number, count: number): Uint8Array {
  return new Uint8Array(BigUint64Array.from([producer, first, count].map(BigInt)).buffer);
}

/** Producers of a ring buffer, and of perf buffers, where each is a CPU. */
export const streams: Scene = (world, { fixtures }) => {
  const isByName = world.random.oneIn(3);
  const { skeleton, ring, perf, produce, producePerf } = must(() =>
    isByName ? producersByName(fixtures) : producers(),
  );
  const owner = own(world, isByName ? "producers by name" : "producers", skeleton);
  const ringFacts = {
    title: `${owner.title}.ring`,
    owner,
    map: ring,
    producers: [0, 1],
    send: (producer: number, first: number, count: number) =>
      produce({ context: words(producer, first, count) }).retval,
    available: () => ring.info.available,
  };
  const perfFacts = {
    title: `${owner.title}.perf`,
    owner,
    map: perf,
    perf,
    producers: onlineCpus(),
    send: (cpu: number, first: number, count: number) =>
      producePerf({ context: words(cpu, first, count), cpu, flags: BPF_F_TEST_RUN_ON_CPU }).retval,
  };
  must(() => perf.open({ pages: 2 ** world.random.below(4) }));
  act(world, new StreamActor(ringFacts, mayLose(world)), new StreamActor(perfFacts, mayLose(world)));
  root(world, owner.title, owner, skeleton);
};

function producers(): Producing {
  const skeleton = Producers.load();
  const { maps, programs } = skeleton;
  return {
    skeleton,
    ...maps,
    produce: (options) => programs.produce.testRun(options),
    producePerf: (options) => programs.produce_perf.testRun(options),
  };
}

function producersByName(fixtures: string): Producing {
  const object = dynamic.load(join(fixtures, "producers.bpf.o"));
  const produce = object.program("produce", "RawTracepointProgram");
  const producePerf = object.program("produce_perf", "RawTracepointProgram");
  return {
    skeleton: object,
    // Typed from BTF when it runs: the same members.
    ring: object.map("ring", "RingBuffer") as unknown as RingBuffer<Numbered, Numbered>,
    perf: object.map("perf", "PerfEventArray") as unknown as PerfEventArray<Numbered, Numbered>,
    produce: (options) => produce.testRun(options),
    producePerf: (options) => producePerf.testRun(options),
  };
}

/** Perf buffers whose events nobody counts. */
export const perf: Scene = (world) => {
  const skeleton = must(() => PerfEvents.load());
  const owner = own(world, "perf", skeleton);
  const { maps, programs } = skeleton;
  for (const name of ["samples", "files", "raw"] as const)
    root(world, `perf.${name}`, owner, maps[name], { samples: () => [{ pages: 1 }, () => 0, { max: 3 }] });
  for (const name of ["send_samples", "open_and_close"] as const)
    root(world, name, owner, programs[name], {
      samples: () => [{ context: new Uint8Array(BigUint64Array.of(5n).buffer) }],
    });
};

export const userRing: Scene = (world) => {
  const skeleton = must(() => UserRingbuf.load());
  const owner = own(world, "user ring buffers", skeleton);
  act(world, new UserRingActor(owner, skeleton));
  const { requests, raw } = skeleton.maps;
  const samples = (): unknown[] => [
    world.pick<unknown>([
      { kind: 1, name: "a" },
      { kind: 2, pad: 0, deadline: 1n, reason: 2n },
      new Uint8Array(world.random.below(4200)),
    ]),
    { signal: AbortSignal.timeout(1) },
  ];
  root(world, "user ring buffers.requests", owner, requests, { samples });
  root(world, "user ring buffers.raw", owner, raw, { samples });
  root(world, owner.title, owner, skeleton);
};

/** libbpf knows arenas since 1.4. */
export const arena: Scene = (world) => {
  if (/^1\.[0-3]$/.test(init().version)) return;
  const skeleton = must(() => Arena.load());
  const owner = own(world, "arena", skeleton);
  const actor = new ArenaActor(owner, skeleton.maps.arena);
  act(world, actor);
  root(world, "arena.arena", owner, skeleton.maps.arena, {
    dirties: [actor],
    samples: () => [world.random.below(100 * 4096), 8, new Uint8Array(8)],
  });
  root(world, "arena.globals", owner, skeleton.arena);
  root(world, "arena.add_up", owner, skeleton.programs.add_up);
};
