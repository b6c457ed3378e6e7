import { readdirSync } from "node:fs";
import {
  type AttachKind,
  BpfError,
  type Feature,
  libbpfVersion,
  probe,
  type Support,
  ValueError,
} from "tinybpf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attachTypes } from "../../src/runtime/links/attach-types.ts";
import { mapTypes } from "../../src/runtime/maps/types.ts";
import { otherKinds } from "../../src/runtime/probe/attach.ts";
import { programTypes } from "../../src/runtime/programs/types.ts";
import { Exec } from "../golden/exec.skel.ts";
import { RawTp } from "../golden/raw_tp.skel.ts";
import { TpBtf } from "../golden/tp_btf.skel.ts";
import { Uprobe } from "../golden/uprobe.skel.ts";
import { compileRuntime, type CompiledRuntime } from "../runtime/compiled.ts";
import { without } from "./capabilities.ts";
import { enterNamespaces, mountTracefs } from "./namespaces.ts";
import { describeKernel } from "./require-kernel.ts";
import { lacking, linux } from "./this-kernel.ts";

const kinds: readonly AttachKind[] = [...attachTypes, ...otherKinds];
const everything: readonly Feature[] = [
  ...programTypes.map((program) => ({ program })),
  ...mapTypes.map((map) => ({ map })),
  ...kinds.map((attach) => ({ attach })),
  { program: "xdp", helper: "bpf_redirect" },
];
const ANSWERS: readonly Support[] = ["supported", "unsupported", "unknown"];

/** Asks what the compiler would refuse. */
const wrong = (feature: object): unknown => probe(feature as Feature);

/** Whether something that loads and attaches works here. */
function works(action: () => Disposable): boolean {
  try {
    using _skeleton = action();
    return true;
  } catch (error) {
    if (error instanceof BpfError) return false;
    throw error;
  }
}

/** The answer about what came with a version of Linux. */
function since(version: string): Support {
  return lacking(linux(version)) === undefined ? "supported" : "unsupported";
}

describeKernel("probe", () => {
  beforeAll(() => {
    enterNamespaces();
    mountTracefs();
  });

  test("has one of three answers for everything, and leaves nothing behind", () => {
    const before = readdirSync("/proc/self/fd").length;
    for (const feature of everything) expect(ANSWERS).toContain(probe(feature));
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });

  test("what every kernel of the last years has is supported", () => {
    for (const program of ["socket_filter", "xdp", "sched_cls", "tracepoint", "cgroup_skb"] as const)
      expect([program, probe({ program })]).toEqual([program, "supported"]);
    expect(probe({ program: "syscall" })).toBe(since("5.14"));
    expect(probe({ attach: "perf_event" })).toBe(since("5.15"));
    for (const map of ["hash", "array", "lru_hash", "lpm_trie", "queue", "ringbuf", "hash_of_maps"] as const)
      expect([map, probe({ map })]).toEqual([map, "supported"]);
    for (const attach of ["xdp", "cgroup_inet4_connect", "sk_lookup", "tracepoint", "trace_iter"] as const)
      expect([attach, probe({ attach })]).toEqual([attach, "supported"]);
  });

  test("helpers are those of the type of program", () => {
    expect(probe({ program: "xdp", helper: "bpf_redirect" })).toBe("supported");
    expect(probe({ program: "xdp", helper: "bpf_get_current_task" })).not.toBe("unknown");
    expect(probe({ program: "kprobe", helper: "bpf_redirect" })).toBe("unsupported");
    expect(probe({ program: "tracepoint", helper: "bpf_probe_read_kernel" })).toBe("supported");
    expect(probe({ program: "cgroup_sock_addr", helper: "bpf_bind" })).toBe("supported");
    expect(probe({ program: "tracing", helper: "bpf_d_path" })).toBe("unknown");
  });

  // Where the answer is no, or cannot be told, attaching must fail; where it is yes, it must not.
  test.each<readonly [AttachKind, () => Disposable & { attach(): unknown }]>([
    ["tracepoint", () => Exec.load()],
    ["raw_tracepoint", () => RawTp.load()],
    ["trace_raw_tp", () => TpBtf.load()],
    ["uprobe", () => Uprobe.load()],
  ])("says of %s what attaching does", (attach, load) => {
    const attached = works(() => {
      const skeleton = load();
      skeleton.attach();
      return skeleton;
    });
    expect(probe({ attach })).toBe(attached ? "supported" : "unsupported");
  });

  test("a name that is none: what was probably meant", () => {
    expect(() => wrong({ program: "xpd" })).toThrow(/^program: "xpd" is not known here; did you mean xdp\?$/);
    expect(() => wrong({ map: "hsh" })).toThrow(/did you mean hash/);
    expect(() => wrong({ attach: "fentry" })).toThrow(/did you mean trace_fentry/);
    expect(() => wrong({ program: "xdp", helper: "bpf_redirct" })).toThrow(
      /^helper: .*did you mean bpf_redirect/,
    );
    expect(() => wrong({ progam: "xdp" })).toThrow(
      /^feature: there is no option progam; did you mean program\?$/,
    );
    for (const feature of [
      {},
      null,
      "xdp",
      { program: 5 },
      { program: "xdp", map: "hash" },
      { helper: "bpf_bind", map: "hash" },
    ])
      expect(() => wrong(feature as object)).toThrow(ValueError);
  });

  test("the version of libbpf", () => {
    expect(libbpfVersion()).toMatch(/^[1-9]\d*\.\d+$/);
  });

  describe("without the right to ask", () => {
    let runtime: CompiledRuntime;
    beforeAll(() => {
      runtime = compileRuntime();
    });
    afterAll(() => runtime.remove());

    /** The answers of a process without some capabilities, and how often each. */
    function answers(features: readonly Feature[], ...capabilities: readonly string[]): readonly Support[] {
      const { status, stdout, stderr } = runtime.run(
        `import { probe } from "%runtime%/index.js";
         console.log(JSON.stringify(${JSON.stringify(features)}.map((feature) => probe(feature))));`,
        {},
        without(...capabilities),
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      return JSON.parse(stdout) as Support[];
    }

    test("nothing is called unsupported that root may be able to do", () => {
      const probed = answers(everything, "bpf", "perfmon", "net_admin", "sys_admin");
      const lies = everything.filter((feature, index) => {
        const answer = probed[index];
        return answer !== "unknown" && answer !== probe(feature);
      });
      expect(lies).toEqual([]);
      expect(probed.filter((answer) => answer === "unknown").length).toBeGreaterThan(everything.length / 2);
    });

    test("a helper for which a capability is missing is unknown", () => {
      const features: Feature[] = [
        { program: "socket_filter", helper: "bpf_probe_read_kernel" },
        { program: "socket_filter", helper: "bpf_map_lookup_elem" },
      ];
      expect(features.map((feature) => probe(feature))).toEqual(["supported", "supported"]);
      expect(answers(features, "perfmon", "sys_admin")).toEqual(["unknown", "supported"]);
    });
  });
});
