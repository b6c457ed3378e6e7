/** Maps that hold programs, maps, cgroups, interfaces, CPUs and sockets. */
import { once } from "node:events";
import { createServer, Socket } from "node:net";
import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import {
  arrayMap,
  arrayOfMaps,
  BpfError,
  ClosedError,
  createMap,
  hashMap,
  IndexError,
  le,
  TinyBpfError,
  ValueError,
} from "tinybpf";
import { beforeAll, describe, expect, test } from "vitest";
import { RawTp } from "../../golden/raw_tp.skel.ts";
import { MapInMap } from "../../golden/map_in_map.skel.ts";
import { loadMapKinds } from "./map-kinds.ts";
import { countDescriptors, descriptorInfo } from "../descriptors.ts";
import { enterNamespaces, mountCgroups, run } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { listener, udpSocket, xdpSocket } from "./sockets.ts";

describeKernel("maps of references", () => {
  beforeAll(enterNamespaces);

  describe("program array", () => {
    test("holds programs, and shows their ids", () => {
      using skeleton = MapInMap.load();
      const { tails, empty_tails: empty } = skeleton.maps;
      const { tail_one: one, tail_two: two } = skeleton.programs;
      const [idOne, idTwo] = [one, two].map(({ fd }) => descriptorInfo(fd, "prog_id"));
      expect(tails.length).toBe(3);
      expect([...tails]).toEqual([
        [0, idOne],
        [2, idTwo],
      ]);
      expect(empty.get(0)).toBeUndefined();
      expect(empty.set(1, one).set(0, two.fd)).toBe(empty);
      expect([...empty.entries()]).toEqual([
        [0, idTwo],
        [1, idOne],
      ]);
      expect(empty.has(1)).toBe(true);
      expect(empty.delete(1)).toBe(true);
      expect(empty.delete(1)).toBe(false);
      empty.clear();
      expect([...empty]).toEqual([]);
    });

    test("what is no program, or no slot, is refused", () => {
      using skeleton = MapInMap.load();
      const { empty_tails: empty, inner_a: inner } = skeleton.maps;
      expect(() => empty.set(2, skeleton.programs.entry)).toThrow(IndexError);
      expect(() => empty.get(-1)).toThrow(IndexError);
      expect(() => empty.set(0, inner)).toThrow(
        /cannot put a program into map empty_tails: .*EINVAL.*\nIt must be a program/,
      );
      using tracing = RawTp.load();
      empty.set(0, skeleton.programs.tail_one);
      expect(() => empty.set(1, tracing.programs.on_rename)).toThrow(/EINVAL.*\nAll programs in the map/);
      expect(() => empty.set(0, -1)).toThrow(/^program: -1 is not a descriptor/);
      // @ts-expect-error no program
      expect(() => empty.set(0, "tail_one")).toThrow(ValueError);
    });
  });

  describe("maps of maps", () => {
    test("an array gives the maps that C put in", () => {
      using skeleton = MapInMap.load();
      const { outer_array: outer, inner_a: a, inner_b: b } = skeleton.maps;
      expect(outer.length).toBe(4);
      expect([...outer.ids()]).toEqual([
        [0, a.id],
        [2, b.id],
      ]);
      expect(outer.get(1)).toBeUndefined();
      a.set(3, 33n);
      using inner = outer.get(0);
      expect(inner?.get(3)).toBe(33n);
      inner?.set(2, 22n);
      expect(a.get(2)).toBe(22n);
      expect(outer.idOf(2)).toBe(b.id);
      expect(() => outer.get(4)).toThrow(IndexError);
    });

    test("maps are made, put in, found again, and taken out; no descriptor is left", () => {
      using skeleton = MapInMap.load();
      const { outer_hash: outer } = skeleton.maps;
      outer.has(1n);
      const before = countDescriptors();
      {
        using inner = outer.createInner({ name: "per_user" });
        expect(inner.type).toBe("hash");
        expect(inner.maxEntries).toBe(16);
        expect(inner.name).toBe("per_user");
        inner.set(1, 11);
        expect(outer.set(1000, inner)).toBe(outer);
        expect([...outer.ids()]).toEqual([[1000n, inner.id]]);
      }
      {
        using again = outer.get(1000n);
        expect(again?.get(1)).toBe(11);
        again?.close();
        expect(again?.closed).toBe(true);
        expect(() => again?.get(1)).toThrow(ClosedError);
      }
      expect([...outer.keys()]).toEqual([1000n]);
      expect(outer.delete(1000)).toBe(true);
      expect(outer.get(1000)).toBeUndefined();
      expect(countDescriptors()).toBe(before);
    });

    test("a hash of maps is counted and cleared", () => {
      using skeleton = MapInMap.load();
      const { outer_hash: outer } = skeleton.maps;
      expect(outer.size).toBe(0);
      using inner = outer.createInner();
      for (const key of [1n, 2n, 3n]) outer.set(key, inner);
      expect(outer.size).toBe(3);
      outer.clear();
      expect([...outer.ids()]).toEqual([]);
      expect(outer.size).toBe(0);
    });

    test("the program sees a map that was put in", () => {
      using skeleton = MapInMap.load();
      const { outer_array: outer } = skeleton.maps;
      using inner = outer.createInner();
      inner.set(0, 77n);
      outer.set(0, inner);
      expect(outer.idOf(0)).toBe(inner.id);
      expect(outer.delete(0)).toBe(true);
      expect(outer.has(0)).toBe(false);
      expect([...inner]).toEqual([77n, 0n, 0n, 0n]);
    });

    test("maps of maps are made on their own, too", () => {
      const before = countDescriptors();
      {
        using outer = createMap(arrayOfMaps({ descriptor: arrayMap(le.u64), maxEntries: 2 }), {
          maxEntries: 3,
        });
        using inner = outer.createInner();
        inner.set(1, 5n);
        using found = outer.set(2, inner).get(2);
        expect(found?.get(1)).toBe(5n);
        using wrong = createMap(arrayMap(le.u32), { maxEntries: 2 });
        // @ts-expect-error other values
        expect(() => outer.set(0, wrong)).toThrow(/EINVAL/);
      }
      expect(countDescriptors()).toBe(before);
    });

    test("a map that is not like the one in the C source is refused", () => {
      using skeleton = MapInMap.load();
      using wrong = createMap(hashMap(le.u32, le.u64), { maxEntries: 16 });
      // @ts-expect-error other values
      expect(() => skeleton.maps.outer_hash.set(1n, wrong)).toThrow(/EINVAL/);
      expect(skeleton.maps.outer_hash.has(1n)).toBe(false);
    });
  });

  describe("cgroup array", () => {
    test("takes folders and descriptors, and nothing else", () => {
      const folder = join(mountCgroups(), `tinybpf-maps-${process.pid}`);
      mkdirSync(folder);
      try {
        using kinds = loadMapKinds();
        const { cgroups } = kinds.maps;
        expect(cgroups.set(0, folder)).toBe(cgroups);
        expect(cgroups.delete(0)).toBe(true);
        expect(cgroups.delete(0)).toBe(false);
        expect(() => cgroups.set(2, folder)).toThrow(IndexError);
        expect(() => cgroups.set(0, "/proc")).toThrow(/cannot put a cgroup into map cgroups: .*EBADF/);
        expect(() => cgroups.set(0, "/no/such")).toThrow(/cannot open cgroup \/no\/such: .*ENOENT/);
      } finally {
        rmdirSync(folder);
      }
    });
  });

  describe("interfaces and CPUs", () => {
    test("devmap: interfaces by name and number, with a program", () => {
      run("ip", "link", "add", "tb0", "type", "veth", "peer", "name", "tb1");
      using kinds = loadMapKinds();
      const { ports } = kinds.maps;
      const out = kinds.programs.on_the_way_out;
      expect(ports.get(0)).toBeUndefined();
      expect(ports.set(0, "tb0").set(3, 1)).toBe(ports);
      expect(ports.get(3)).toEqual({ ifindex: 1, programId: undefined });
      ports.set(1, "tb1", out);
      expect(ports.get(1)?.programId).toBe(descriptorInfo(out.fd, "prog_id"));
      expect([...ports].map(([key]) => key)).toEqual([0, 1, 3]);
      expect(ports.delete(0)).toBe(true);
      expect(ports.has(0)).toBe(false);
      expect(ports.delete(0)).toBe(false);
      expect(ports.delete(4)).toBe(false);
      expect(() => ports.set(0, "nosuch")).toThrow(/there is no interface "nosuch"/);
      expect(() => ports.set(4, 1)).toThrow(/E2BIG/);
      expect(() => ports.set(0, 1, kinds.programs.on_the_other_cpu)).toThrow(/EINVAL/);
      run("ip", "link", "del", "tb0");
      expect([...ports].map(([key]) => key)).toEqual([3]);
    });

    test("devmap_hash: any key; values without room for a program", () => {
      using kinds = loadMapKinds();
      const { ports_hash: ports } = kinds.maps;
      ports.set(123_456, "lo").set(7, 1);
      expect(new Map(ports)).toEqual(
        new Map([
          [123_456, { ifindex: 1, programId: undefined }],
          [7, { ifindex: 1, programId: undefined }],
        ]),
      );
      expect(ports.delete(7)).toBe(true);
      expect(ports.delete(7)).toBe(false);
      expect(() => ports.set(1, 1, kinds.programs.on_the_way_out)).toThrow(
        /no room for a program.*struct bpf_devmap_val/,
      );
    });

    test("cpumap: CPUs with their queues, and a program", () => {
      using kinds = loadMapKinds();
      const { cpus } = kinds.maps;
      const program = kinds.programs.on_the_other_cpu;
      expect(cpus.set(0, 64)).toBe(cpus);
      expect(cpus.get(0)).toEqual({ queueSize: 64, programId: undefined });
      cpus.set(0, 128, program);
      expect([...cpus]).toEqual([[0, { queueSize: 128, programId: descriptorInfo(program.fd, "prog_id") }]]);
      expect(() => cpus.set(0, 1_000_000)).toThrow(/EOVERFLOW/);
      expect(() => cpus.set(4, 64)).toThrow(IndexError);
      expect(cpus.delete(0)).toBe(true);
      expect(cpus.has(0)).toBe(false);
      expect(cpus.delete(0)).toBe(false);
      expect(() => cpus.delete(4)).toThrow(IndexError);
      cpus.set(0, 64).clear();
      expect([...cpus]).toEqual([]);
    });
  });

  describe("sockets", () => {
    test("sockmap: sockets by index, read as cookies", () => {
      using kinds = loadMapKinds();
      const { sockets } = kinds.maps;
      using first = listener();
      using second = listener();
      expect(sockets.set(1, first).set(3, second.fd)).toBe(sockets);
      expect([...sockets]).toEqual([
        [1, first.cookie],
        [3, second.cookie],
      ]);
      expect(sockets.get(0)).toBeUndefined();
      expect(sockets.delete(1)).toBe(true);
      expect(sockets.has(1)).toBe(false);
      expect(sockets.delete(1)).toBe(false);
      expect(() => sockets.delete(4)).toThrow(IndexError);
      sockets.set(2, first).clear();
      expect([...sockets]).toEqual([]);
      sockets.set(3, second);
      second.close();
      expect(sockets.has(3)).toBe(false);
      expect(() => sockets.set(0, sockets)).toThrow(BpfError);
      expect(() => sockets.set(4, first)).toThrow(IndexError);
    });

    test("Node's sockets are taken, while they are open", async () => {
      using kinds = loadMapKinds();
      const { sockets } = kinds.maps;
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      try {
        sockets.set(0, server);
        expect(sockets.has(0)).toBe(true);
      } finally {
        server.close();
      }
      expect(() => sockets.set(0, server)).toThrow("socket: has no descriptor: it is not open");
      expect(() => sockets.set(0, new Socket())).toThrow("socket: has no descriptor: it is not open");
      expect(() => sockets.set(0, {} as Socket)).toThrow(
        "socket: has no descriptor: give a number, or an object with one as `fd`",
      );
      expect(() => sockets.set(0, undefined as never)).toThrow("socket: is missing (a descriptor)");
      expect(() => sockets.set(0, "3" as never)).toThrow(ValueError);
    });

    test("a sockmap with small values is written, and says why it cannot be read", () => {
      using kinds = loadMapKinds();
      using one = listener();
      kinds.maps.sockets_small.set(0, one);
      expect(() => kinds.maps.sockets_small.get(0)).toThrow(/__type\(value, __u64\)/);
      expect(() => [...kinds.maps.sockets_small]).toThrow(TinyBpfError);
      expect(kinds.maps.sockets_small.delete(0)).toBe(true);
      expect(kinds.maps.sockets_small.delete(0)).toBe(false);
    });

    test("sockhash: sockets by a struct", () => {
      using kinds = loadMapKinds();
      using one = listener();
      const { by_endpoint: sockets } = kinds.maps;
      const key = { address: 0x7f00_0001, port: 80, unused: 0 };
      expect(sockets.set(key, one)).toBe(sockets);
      expect(sockets.get(key)).toBe(one.cookie);
      expect([...sockets]).toEqual([[key, one.cookie]]);
      expect(sockets.has({ ...key, port: 81 })).toBe(false);
      expect(sockets.delete(key)).toBe(true);
      expect(sockets.delete(key)).toBe(false);
      expect([...sockets]).toEqual([]);
    });

    test("reuseport array: listening sockets", () => {
      using kinds = loadMapKinds();
      using one = listener();
      const { listeners } = kinds.maps;
      expect(listeners.set(2, one)).toBe(listeners);
      expect([...listeners]).toEqual([[2, one.cookie]]);
      expect(listeners.delete(2)).toBe(true);
      using udp = udpSocket();
      expect(() => listeners.set(0, udp)).toThrow(/EINVAL/);
    });

    test("xskmap: AF_XDP sockets only", () => {
      using kinds = loadMapKinds();
      const { xsks } = kinds.maps;
      using one = xdpSocket();
      using other = listener();
      expect(xsks.set(0, one)).toBe(xsks);
      expect(xsks.delete(0)).toBe(true);
      xsks.set(0, one).clear();
      expect(() => xsks.set(0, other)).toThrow(/EOPNOTSUPP/);
    });
  });

  test("once closed, everything is a ClosedError", () => {
    const kinds = loadMapKinds();
    const { cgroups, ports, cpus, sockets, xsks, by_endpoint: endpoints } = kinds.maps;
    kinds.close();
    for (const use of [
      () => cgroups.set(0, "/"),
      () => ports.set(0, "lo"),
      () => ports.get(0),
      () => [...ports],
      () => cpus.get(0),
      () => sockets.get(0),
      () => [...sockets],
      () => xsks.delete(0),
      () => endpoints.get({ address: 1, port: 1, unused: 0 }),
    ])
      expect(use, String(use)).toThrow(ClosedError);
  });
});
