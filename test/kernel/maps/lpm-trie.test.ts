import { ValueError } from "tinybpf";
import { expect, test } from "vitest";
import { Maps } from "../../golden/maps.skel.ts";
import { loadMapKinds } from "./map-kinds.ts";
import { describeKernel } from "../require-kernel.ts";

describeKernel("LPM trie", () => {
  test("finds the longest prefix", () => {
    using maps = Maps.load();
    const { routes } = maps.maps;
    expect(routes.set("10.0.0.0/8", 8).set("10.1.0.0/16", 16).set("0.0.0.0/0", 1)).toBe(routes);
    expect(routes.get("10.1.2.3")).toBe(16);
    expect(routes.get("10.2.2.3")).toBe(8);
    expect(routes.get("192.0.2.1")).toBe(1);
    expect(routes.get("10.1.0.0/12")).toBe(8);
    expect(routes.has("192.0.2.1")).toBe(true);
    expect(routes.delete("0.0.0.0/0")).toBe(true);
    expect(routes.delete("0.0.0.0/0")).toBe(false);
    expect(routes.has("192.0.2.1")).toBe(false);
    expect(routes.get("192.0.2.1")).toBeUndefined();
  });

  test("keys are structs as well as text", () => {
    using maps = Maps.load();
    const { routes } = maps.maps;
    const net = { prefixlen: 24, addr: new Uint8Array([192, 0, 2, 0]) };
    expect(routes.key("192.0.2.77/24")).toEqual(net);
    routes.set(net, 5);
    expect(routes.get("192.0.2.200")).toBe(5);
    expect(routes.update("192.0.2.0/24", 6, "noexist")).toBe(false);
    expect(routes.update("192.0.2.0/24", 7, "exist")).toBe(true);
    expect([...routes]).toEqual([[net, 7]]);
    expect([...routes.keys()].map((key) => routes.text(key))).toEqual(["192.0.2.0/24"]);
    expect(routes.size).toBe(1);
    expect(routes.deleteMany(["10.0.0.0/8", net])).toBe(1);
  });

  test("of IPv6", () => {
    using kinds = loadMapKinds();
    const { routes_v6: routes } = kinds.maps;
    routes.set("2001:db8::/32", 32).set("2001:db8:1::/48", 48).set("::/0", 0);
    expect(routes.get("2001:db8:1::5")).toBe(48);
    expect(routes.get("2001:db8:2::5")).toBe(32);
    expect(routes.get("fe80::1")).toBe(0);
    expect([...routes].map(([key, value]) => `${routes.text(key)} ${value}`).sort()).toEqual([
      "2001:db8:1::/48 48",
      "2001:db8::/32 32",
      "::/0 0",
    ]);
    expect(() => routes.get("10.0.0.1")).toThrow(/^key: "10.0.0.1" has 4 bytes, but the map's keys hold 16/);
  });

  test("text that is no prefix is a ValueError", () => {
    using maps = Maps.load();
    for (const text of ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "fe80::1%eth0", "x"])
      expect(() => maps.maps.routes.get(text), text).toThrow(ValueError);
  });

  test("iterating ends, sees nothing twice and loses nothing that stays, while others are deleted and added", () => {
    using maps = Maps.load({ maps: { routes: { maxEntries: 600 } } });
    const { routes } = maps.maps;
    for (let i = 0; i < 250; i++) routes.set(`10.0.${i}.0/24`, i);
    for (let i = 0; i < 250; i++) routes.set(`10.1.${i}.0/24`, i);
    const seen = new Set<string>();
    let added = 0;
    for (const [key] of routes) {
      const text = routes.text(key);
      expect(seen.has(text), text).toBe(false);
      seen.add(text);
      if (text.startsWith("10.1.")) routes.delete(key);
      if (added < 50) routes.set(`10.2.${added++}.0/24`, 1);
    }
    for (let i = 0; i < 250; i++) expect(seen.has(`10.0.${i}.0/24`)).toBe(true);
  });
});
