import { expect, test } from "vitest";
import { capabilitiesFor, lockedMemoryHint } from "../../src/runtime/capabilities.ts";
import { programTypes } from "../../src/runtime/programs/types.ts";

test("what each type of program takes", () => {
  expect(capabilitiesFor("tracepoint")).toEqual(["CAP_BPF", "CAP_PERFMON"]);
  expect(capabilitiesFor("xdp")).toEqual(["CAP_BPF", "CAP_NET_ADMIN"]);
  expect(capabilitiesFor("cgroup_sock_addr")).toEqual(["CAP_BPF", "CAP_NET_ADMIN"]);
  expect(capabilitiesFor("socket_filter")).toEqual(["CAP_BPF"]);
  expect(capabilitiesFor("ext")).toEqual(["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN"]);
  for (const type of programTypes) expect(capabilitiesFor(type)).toContain("CAP_BPF");
});

test("locked memory is spoken of only where it counts, and the limit could not be lifted", () => {
  expect(lockedMemoryHint(true, true)).toMatch(/RLIMIT_MEMLOCK.*CAP_SYS_RESOURCE/);
  expect(lockedMemoryHint(true, false)).toBeUndefined();
  expect(lockedMemoryHint(false, true)).toBeUndefined();
});
