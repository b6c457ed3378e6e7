/** What an episode can open: each scene adds owners, actors and roots to the world. */
import { join } from "node:path";
import {
  arrayMap,
  type BpfMap,
  type Codec,
  type StructCodec,
  createMap,
  formatValue,
  hashMap,
  init,
  le,
  openMapById,
  openPinnedLink,
  openPinnedMap,
  possibleCpus,
  probe,
  queueMap,
  readKernelSymbols,
  ringBuffer,
} from "tinybpf";
import * as dynamic from "tinybpf/dynamic";
import * as arrays from "../golden/arrays.skel.ts";
import * as bitfields from "../golden/bitfields.skel.ts";
import { AttachedStorage } from "../golden/attached_storage.skel.ts";
import { Globals } from "../golden/globals.skel.ts";
import { Iterators } from "../golden/iterators.skel.ts";
import { KconfigKsyms } from "../golden/kconfig_ksyms.skel.ts";
import { MapInMap } from "../golden/map_in_map.skel.ts";
import { MapKinds } from "../golden/map_kinds.skel.ts";
import { Key, Maps, Value } from "../golden/maps.skel.ts";
import { Probes } from "../golden/probes.skel.ts";
import { Ringbufs } from "../golden/ringbufs.skel.ts";
import { Sockets } from "../golden/sockets.skel.ts";
import { Tc } from "../golden/tc.skel.ts";
import * as unions from "../golden/unions.skel.ts";
import { Xdp } from "../golden/xdp.skel.ts";
import { GlobalsActor } from "./globals.ts";
import { IteratorActor } from "./iterators.ts";
import { type AnyKeyed, KeyedActor, type KeyedFacts } from "./keyed.ts";
import { type AnyArray, type AnyQueue, ArrayActor, BloomActor, QueueActor } from "./lists.ts";
import { LoadingActor } from "./loading.ts";
import { attempt, must } from "./outcome.ts";
import { PacketActor } from "./packets.ts";
import { PinActor } from "./pins.ts";
import { act, own, root, roots, type Scene, small, u64, value } from "./stage.ts";
import { arena, perf, streams, syscall, userRing } from "./stream-scenes.ts";
import type { Owned, World } from "./world.ts";

/** The maps of maps.bpf.o, however they were made. */
function mapActors(
  world: World,
  owner: Owned,
  map: (name: string) => { readonly maxEntries: number; readonly name: string },
): void {
  const { title } = owner;
  const keyed = (name: string, rest: Pick<KeyedFacts, "key" | "value"> & Partial<KeyedFacts>): void => {
    const one = map(name);
    const facts = {
      title: `${title}.${name}`,
      owner,
      map: one as unknown as AnyKeyed,
      maxEntries: one.maxEntries,
    };
    const actor = new KeyedActor({ ...facts, ...rest });
    act(world, actor);
    root(world, facts.title, owner, one, {
      dirties: [actor],
      samples: () => [rest.key(world), rest.value(world), "any", [[rest.key(world), rest.value(world)]]],
    });
  };
  const perCpu = (one: (world: World) => unknown) => (): unknown[] =>
    Array.from({ length: possibleCpus() }, () => one(world));
  keyed("hash", { key: () => ({ id: world.random.below(140), zone: 1, flags: 2 }), value });
  keyed("percpu_hash", { key: small, value: perCpu(value) });
  keyed("lru", { key: () => BigInt(world.random.below(60)), value: u64, evicts: true });
  keyed("routes", {
    key: () => {
      const length = world.random.below(4);
      return {
        prefixlen: length * 8,
        addr: Uint8Array.from([10, 1, 2, 3], (byte, i) => (i < length ? byte : 0)),
      };
    },
    value: small,
    matches: true,
  });
  keyed("opaque", {
    key: () => Uint8Array.from([1, 2, 3, 4, 5, world.random.below(18)]),
    value: () => Uint8Array.from({ length: 12 }, () => small(world)),
  });
  keyed("on_node", { key: () => world.random.below(2), value: small });

  const array = (name: string, make: (world: World) => unknown): void => {
    const one = map(name);
    const actor = new ArrayActor({
      title: `${title}.${name}`,
      owner,
      map: one as unknown as AnyArray,
      value: make,
    });
    act(world, actor);
    root(world, actor.title, owner, one, { dirties: [actor], samples: () => [0, make(world), () => 0] });
  };
  array("array", value);
  array("first", u64);
  array("second", u64);
  array("percpu_array", perCpu(small));

  for (const [name, takes, make] of [
    ["queue", "first", value],
    ["stack", "last", small],
  ] as const) {
    const one = map(name);
    const facts = { title: `${title}.${name}`, owner, map: one as unknown as AnyQueue, value: make };
    const actor = new QueueActor({ ...facts, takes, maxEntries: one.maxEntries });
    act(world, actor);
    root(world, actor.title, owner, one, { dirties: [actor], samples: () => [make(world), "replace"] });
  }
  for (const name of ["perf", "raw_events"]) root(world, `${title}.${name}`, owner, map(name));
}

const maps: Scene = (world) => {
  const skeleton = must(() => Maps.load());
  const owner = own(world, "maps", skeleton);
  const record: Readonly<Record<string, BpfMap>> = { ...skeleton.maps };
  mapActors(world, owner, (name) => record[name] ?? skeleton.maps.hash);
  root(world, "maps", owner, skeleton);
  root(world, "maps.touch", owner, skeleton.programs.touch, { dirties: [...world.actors] });
};

const dynamicMaps: Scene = (world, { fixtures }) => {
  const object = must(() => dynamic.load(join(fixtures, "maps.bpf.o")));
  const owner = own(world, "dynamic maps", object);
  mapActors(world, owner, (name) => object.maps[name] ?? object.map(name, "HashMap"));
  root(world, "dynamic maps", owner, object, { samples: () => ["hash", "HashMap"] });
  root(world, "dynamic maps.btf", undefined, object.btf, {
    samples: () => ["value", Value, "struct key", Key],
  });
  root(world, "struct codec", undefined, object.btf.struct("value"), {
    samples: () => [{ packets: 1n, bytes: 2n }, new Uint8Array(16)],
  });
  roots(world, owner, object.programs, [...world.actors]);
};

const globals: Scene = (world) => {
  const skeleton = must(() => Globals.load());
  const owner = own(world, "globals", skeleton);
  const actor = new GlobalsActor(owner, skeleton);
  act(world, actor);
  for (const section of ["bss", "data", "rodata", "data_custom"] as const)
    root(world, `globals.${section}`, owner, skeleton[section], { dirties: [actor] });
};

const references: Scene = (world) => {
  const skeleton = must(() => MapInMap.load());
  const owner = own(world, "map in map", skeleton);
  const { maps: all, programs } = skeleton;
  const samples = (): unknown[] => [
    small(world) % 4,
    world.pick<unknown>([all.inner_a, programs.tail_one, ...world.transients]),
    { maxEntries: 4 },
  ];
  for (const [name, map] of Object.entries(all)) root(world, `map in map.${name}`, owner, map, { samples });
  roots(world, owner, programs);
  root(world, "map in map", owner, skeleton);

  const inner = must(() => all.outer_hash.createInner());
  must(() => all.outer_hash.set(1n, inner));
  const innerOwner = own(world, "inner map", inner);
  const facts = { maxEntries: 16, key: small, value: small };
  const actor = new KeyedActor({
    title: "inner map",
    owner: innerOwner,
    map: inner,
    ...facts,
  });
  act(world, actor);
  root(world, "inner map", innerOwner, inner, { dirties: [actor] });
};

const kinds: Scene = (world) => {
  const skeleton = must(() => MapKinds.load());
  const owner = own(world, "map kinds", skeleton);
  const samples = (): unknown[] => [
    world.pick<unknown>([small(world) % 5, "/sys/fs/bpf", { fd: 0 }, 1n]),
    "lo",
    64,
  ];
  const { busy, bloom } = skeleton.maps;
  const facts = { maxEntries: 20_000, key: () => world.random.below(3000), value: u64 };
  const actor = new KeyedActor({ title: "busy", owner, map: busy, ...facts });
  const title = "map kinds.bloom";
  act(world, actor, new BloomActor({ title, owner, map: bloom, value: small }));
  for (const [name, map] of Object.entries(skeleton.maps))
    root(world, `map kinds.${name}`, owner, map, { samples, dirties: name === "busy" ? [actor] : [] });
};

const packetSamples = (): unknown[] => [
  "lo",
  { mode: "skb", direction: "ingress", data: new Uint8Array(64) },
];

const network: Scene = (world) => {
  const xdp = must(() => Xdp.load());
  const tc = must(() => Tc.load());
  for (const [title, skeleton] of [
    ["xdp", xdp],
    ["tc", tc],
  ] as const) {
    const owner = own(world, title, skeleton);
    for (const [name, program] of Object.entries(skeleton.programs)) {
      root(world, `${title}.${name}`, owner, program, { samples: packetSamples });
      if (title === "xdp" && name === "count_all") act(world, new PacketActor(owner, xdp.programs.count_all));
    }
    root(world, title, owner, skeleton);
  }
};

const iterators: Scene = (world) => {
  const skeleton = must(() => Iterators.load());
  const owner = own(world, "iterators", skeleton);
  act(world, new IteratorActor(owner, skeleton));
  root(world, "dump_map", owner, skeleton.programs.dump_map, {
    samples: () => [{ map: skeleton.maps.counts }, { pid: process.pid }],
  });
  root(world, "dump_task", owner, skeleton.programs.dump_task, { samples: () => [{ tid: process.pid }] });
};

const pins: Scene = (world, { pins: folder }) => {
  const map = must(() => createMap(hashMap(le.u32, le.u64), { maxEntries: 8, name: "pinned" }));
  const owner = own(world, "created map", map);
  const facts = { maxEntries: 8, key: small, value: u64 };
  const actor = new KeyedActor({ title: "created map", owner, map, ...facts });
  const pinned = new PinActor(owner, map, folder);
  act(world, actor, pinned);
  root(world, "created map", owner, map, {
    dirties: [actor, pinned],
    samples: () => [join(folder, "wild"), 1n],
  });
};

/** A codec of the user's own that does something in the middle of a read or write of mapped memory. */
const activeCodec: Scene = (world) => {
  const codec: Codec<number> = {
    ...le.u32,
    read(view, at) {
      if (world.random.oneIn(8)) world.close(owner);
      else world.act();
      return view.getUint32(at, true);
    },
    write(view, at, given) {
      le.u32.encode(given);
      if (world.random.oneIn(8)) world.close(owner);
      view.setUint32(at, given, true);
    },
  };
  const map = must(() => createMap(arrayMap(codec), { maxEntries: 8, flags: BPF_F_MMAPABLE }));
  const owner = own(world, "array of an active codec", map);
  root(world, owner.title, owner, map);
};

const BPF_F_MMAPABLE = 1024;

/** What is opened, but not loaded: configured with whatever comes. */
const opened: Scene = (world, { fixtures }) => {
  const open = world.random.oneIn(2)
    ? must(() => Ringbufs.open())
    : must(() => dynamic.open(join(fixtures, "xdp.bpf.o")));
  const owner = own(world, "opened", open);
  const samples = (): unknown[] => [world.pick<unknown>([4096, 1, true, false, "vfs_read"])];
  for (const [name, part] of Object.entries({ ...open.maps, ...open.programs }) as [string, object][])
    root(world, `opened.${name}`, owner, part, { samples });
  root(world, "opened", owner, open);
  act(world, new LoadingActor(owner, open));
};

/** Functions without an object, and codecs. */
const library: Scene = (world, { pins: folder }) => {
  const descriptors = [hashMap(le.u32, le.u64), arrayMap(le.u32), queueMap(Value), ringBuffer()];
  const functions = {
    init,
    createMap,
    openPinnedMap,
    openMapById,
    openPinnedLink,
    possibleCpus,
    formatValue,
    registerType: dynamic.registerType,
    lookupType: dynamic.lookupType,
    openPinnedDynamic: dynamic.openPinnedMap,
    openByIdDynamic: dynamic.openMapById,
    probe,
    loadDynamic: dynamic.load,
    openDynamic: dynamic.open,
    loadClass: (config: object) => Maps.load(config),
    openClass: (options: object) => Maps.open(options),
  };
  root(world, "tinybpf", undefined, functions, {
    samples: () => [
      world.pick<unknown>([Value, world.pick(descriptors), join(folder, "map"), 1, new Uint8Array(8)]),
      world.pick<unknown>([world.pick(descriptors), { maxEntries: 4 }, value(world), "HashMap"]),
      world.pick<unknown>([{ maps: { hash: { maxEntries: 4 } } }, { map: "hash" }, { attach: "xdp" }]),
    ],
  });
  if (world.random.oneIn(4))
    root(
      world,
      "kernel symbols",
      undefined,
      must(() => readKernelSymbols()),
    );
  for (const codec of [
    Value,
    Key,
    le.u64,
    le.chars(8),
    le.bytes(4),
    le.numbers("u16", 20),
    le.bits(3, 5, true),
  ])
    root(world, `codec ${codec.name}`, undefined, codec, {
      samples: () => [world.pick<unknown>([value(world), 1, "abc", new Uint8Array(64), new Uint16Array(20)])],
    });
};

/** Codecs of structs and unions with members of every kind: what they take is what they gave, and nothing else. */
const codecs: Scene = (world) => {
  const exported = [arrays, bitfields, unions].flatMap((module): unknown[] => Object.values(module));
  const all = exported.filter(
    (one): one is StructCodec<unknown, unknown> => typeof one === "object" && one !== null && "encode" in one,
  );
  for (let i = 0; i < 6; i++) {
    const codec = world.pick(all);
    if (codec === undefined) return;
    const bytes = Uint8Array.from({ length: codec.size }, () => world.random.below(256));
    const { value: decoded } = attempt(() => codec.decode(bytes));
    root(world, `codec ${codec.name}`, undefined, codec, {
      samples: () => [world.pick<unknown>([decoded, bytes, bytes.subarray(1), codec.view(bytes)])],
    });
  }
};

/** Options of the kernel's configuration, and storage that comes with an attachment. */
const surroundings: Scene = (world) => {
  const storage = must(() => AttachedStorage.load());
  const attached = own(world, "attached storage", storage);
  const samples = (): unknown[] => [
    world.pick<unknown>([{ cgroup_inode_id: 1n, attach_type: 1 }, 1n]),
    { packets: 1n, bytes: 1n },
  ];
  for (const [name, map] of Object.entries(storage.maps))
    root(world, `attached storage.${name}`, attached, map, { samples });
  // libbpf reads all symbols of the kernel for it.
  if (!world.random.oneIn(4)) return;
  const kconfig = "CONFIG_HZ=250\nCONFIG_IPV6=m\nCONFIG_BPF_SYSCALL=y\n";
  const options = must(() => KconfigKsyms.load({ kconfig }));
  const owner = own(world, "kconfig", options);
  root(world, "kconfig.kconfig", owner, options.kconfig);
  root(world, "kconfig", owner, options);
  root(world, "kconfig, opened", undefined, { open: (text: never) => KconfigKsyms.open({ kconfig: text }) });
};

/** Programs that are attached to sockets, namespaces and events. */
const attachments: Scene = (world) => {
  const sockets = must(() => Sockets.load());
  const probes = must(() => Probes.load({ programs: { on_sample: { autoload: true } } }));
  for (const [title, skeleton] of [
    ["sockets", sockets],
    ["probes", probes],
  ] as const) {
    const owner = own(world, title, skeleton);
    const samples = (): unknown[] => [
      world.pick<unknown>([
        { event: "cpu-clock", frequency: 5, pid: process.pid },
        { context: new Uint8Array(72), data: new Uint8Array(64) },
        ...Object.values(sockets.maps),
        small(world),
      ]),
    ];
    for (const [name, thing] of Object.entries({ ...skeleton.maps, ...skeleton.programs }) as [
      string,
      object,
    ][])
      root(world, `${title}.${name}`, owner, thing, { samples });
    root(world, title, owner, skeleton);
  }
};

export const SCENES: readonly Scene[] = [
  maps,
  maps,
  dynamicMaps,
  syscall,
  syscall,
  perf,
  streams,
  streams,
  userRing,
  arena,
  globals,
  references,
  kinds,
  network,
  iterators,
  pins,
  activeCodec,
  opened,
  library,
  codecs,
  surroundings,
  attachments,
];
