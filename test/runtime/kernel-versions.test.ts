import { release } from "node:os";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { attachTypeNumber } from "../../src/runtime/links/attach-types.ts";
import { mapNeedsNewer, programNeedsNewer } from "../../src/runtime/kernel-versions.ts";

vi.mock("node:os", async (original) => ({
  ...(await original<object>()),
  release: vi.fn<() => string>(),
}));

const runOn = (version: string): void => void vi.mocked(release).mockReturnValue(version);

describe("on Linux 5.10", () => {
  beforeEach(() => runOn("5.10.0-30-amd64"));

  test("a map of a newer kind, with a name and without", () => {
    expect(mapNeedsNewer({ name: "seen", type: "bloom_filter" })).toBe(
      "Map seen, of type bloom_filter, needs Linux 5.16; this is 5.10.0-30-amd64",
    );
    expect(mapNeedsNewer({ name: "", type: "arena" })).toBe(
      "A map of type arena needs Linux 6.9; this is 5.10.0-30-amd64",
    );
    expect(mapNeedsNewer({ name: "ops", type: "struct_ops", linked: true })).toMatch(
      /^Map ops, of type struct_ops, with a link needs Linux 6\.4;/,
    );
  });

  test("a map of a kind that it has, or that nobody knows", () => {
    for (const type of ["hash", "ringbuf", "inode_storage", "unknown"] as const)
      expect(mapNeedsNewer({ name: "m", type })).toBeUndefined();
    expect(mapNeedsNewer({ name: "ops", type: "struct_ops" })).toBeUndefined();
  });

  test.each([
    ["syscall", "syscall", undefined, "of type syscall, needs Linux 5.14"],
    ["netfilter", "netfilter", "netfilter", "of type netfilter, needs Linux 6.4"],
    [
      "cgroup_sock_addr",
      "cgroup/connect_unix",
      "cgroup_unix_connect",
      "to be attached as cgroup_unix_connect, needs Linux 6.7",
    ],
    ["lsm", "lsm_cgroup/socket_bind", "lsm_cgroup", "to be attached as lsm_cgroup, needs Linux 6.0"],
    ["xdp", "xdp.frags", "xdp", "of section xdp.frags, needs Linux 5.18"],
    ["xdp", "?xdp.frags/cpumap", "xdp_cpumap", "of section xdp.frags/cpumap, needs Linux 5.18"],
    [
      "kprobe",
      "uprobe.s/libc.so.6:malloc",
      undefined,
      "of section uprobe.s/libc.so.6:malloc, needs Linux 6.0",
    ],
    ["struct_ops", "struct_ops.s/init", undefined, "of section struct_ops.s/init, needs Linux 6.3"],
  ] as const)("a program of type %s, section %s", (type, section, attachType, says) => {
    const expectedAttachType = attachType === undefined ? 0 : attachTypeNumber(attachType);
    expect(programNeedsNewer({ name: "p", type, section, expectedAttachType })).toBe(
      `Program p, ${says}; this is 5.10.0-30-amd64`,
    );
  });

  test.each([
    ["xdp", "xdp", "xdp"],
    ["xdp", "xdp/devmap", "xdp_devmap"],
    ["lsm", "lsm.s/bprm_check_security", "lsm_mac"],
    ["tracing", "fentry.s/do_unlinkat", "trace_fentry"],
    ["sk_lookup", "sk_lookup", "sk_lookup"],
    ["cgroup_sock_addr", "cgroup/getpeername4", "cgroup_inet4_getpeername"],
    ["unknown", "my/own", undefined],
  ] as const)("a program of type %s, section %s, that it has", (type, section, attachType) => {
    const expectedAttachType = attachType === undefined ? 9999 : attachTypeNumber(attachType);
    expect(programNeedsNewer({ name: "p", type, section, expectedAttachType })).toBeUndefined();
  });
});

test("a kernel that has everything lacks nothing", () => {
  runOn("99.1.0");
  expect(mapNeedsNewer({ name: "m", type: "insn_array" })).toBeUndefined();
  const expectedAttachType = attachTypeNumber("trace_uprobe_session");
  const program = { name: "p", type: "netfilter", section: "xdp.frags", expectedAttachType } as const;
  expect(programNeedsNewer(program)).toBeUndefined();
});
