/** What came after this kernel is refused with an error that names the first Linux that has it. */
import { readFileSync } from "node:fs";
import { BpfError, createMap, type Feature, type MapDescriptor, probe } from "tinybpf";
import { open } from "tinybpf/dynamic";
import { beforeAll, expect, test } from "vitest";
import { ATTACHMENTS, MAPS, PROGRAMS } from "../../src/runtime/kernel-versions.ts";
import type { AttachType } from "../../src/runtime/links/attach-types.ts";
import type { MapType } from "../../src/runtime/maps/types.ts";
import type { ProgramType } from "../../src/runtime/programs/types.ts";
import { fixturePath } from "../btf-parser/fixtures.ts";
import { Programs } from "../golden/programs.skel.ts";
import { enterNamespaces } from "./namespaces.ts";
import { describeKernel } from "./require-kernel.ts";
import { lacking, libbpf as libbpfSince, linux } from "./this-kernel.ts";

function entries<K extends string>(table: Partial<Record<K, string>>): [K, string][] {
  return Object.entries(table) as [K, string][];
}

const isOlder = (version: string): boolean => lacking(linux(version)) !== undefined;

/** A map of any kind, of which nothing but its file is used. */
const anyMap = (type: MapType): MapDescriptor<object> => ({
  types: [type],
  keySize: 4,
  valueSize: 4,
  create: () => ({}),
});

/** Programs of the fixture that ask for something newer than what Linux 5.10 has, and how else they are attached than by their section. */
interface ProgramNeeds {
  readonly name: keyof Programs["programs"];
  readonly since: string;
  readonly libbpf?: string;
  /** Whether older kernels load it, which then do not attach it. */
  readonly loadsEarlier?: boolean;
  readonly attach?: (programs: Programs["programs"]) => unknown;
}

const PROGRAM_NEEDS: readonly ProgramNeeds[] = [
  { name: "iter_task_vma", since: "5.12" },
  { name: "syscall_plain", since: "5.14" },
  { name: "iter_unix", since: "5.15" },
  {
    name: "kprobe_many",
    since: "5.18",
    attach: ({ kprobe_many }) => kprobe_many.attach({ functions: ["vfs_read"] }),
  },
  { name: "xdp_fragments", since: "5.18" },
  { name: "xdp_cpumap", since: "5.18" },
  { name: "uprobe_sleepable", since: "6.0" },
  { name: "lsm_cgroup", since: "6.0" },
  { name: "iter_ksym", since: "6.0" },
  { name: "netfilter_plain", since: "6.4", libbpf: "1.3" },
  {
    name: "tcx_egress",
    since: "6.6",
    libbpf: "1.3",
    loadsEarlier: true,
    attach: ({ tcx_egress }) => tcx_egress.attach("lo"),
  },
  { name: "uprobe_many", since: "6.6", libbpf: "1.3" },
  { name: "cgroup_connect_unix", since: "6.7", libbpf: "1.3" },
  {
    name: "netkit_primary",
    since: "6.7",
    libbpf: "1.3",
    attach: ({ netkit_primary }) => netkit_primary.attach("lo"),
  },
  {
    name: "kprobe_session",
    since: "6.10",
    libbpf: "1.5",
    attach: ({ kprobe_session }) => kprobe_session.attach({ functions: ["vfs_read"] }),
  },
  { name: "iter_kmem_cache", since: "6.13" },
];

const isUnknownToLibbpf = ({ libbpf }: ProgramNeeds): boolean =>
  libbpf !== undefined && lacking(libbpfSince(libbpf)) !== undefined;

/** Loads one program of the fixture alone, and attaches it. */
function use({ name, attach }: ProgramNeeds): void {
  using opened = Programs.open();
  for (const program of Object.values(opened.programs)) program.autoload = program.name === name;
  using programs = opened.load();
  if (attach === undefined) programs.attach();
  else attach(programs.programs);
}

describeKernel("what came after this kernel", () => {
  beforeAll(() => enterNamespaces());

  /** What is in the table is not there before its version, whatever the kernel says of itself. */
  const tables: readonly (readonly [string, Feature, string])[] = [
    ...entries<MapType>(MAPS).map(([map, since]) => [`map ${map}`, { map }, since] as const),
    ...entries<ProgramType>(PROGRAMS).map(
      ([program, since]) => [`program ${program}`, { program }, since] as const,
    ),
    ...entries<AttachType>(ATTACHMENTS).map(
      ([attach, since]) => [`attach ${attach}`, { attach }, since] as const,
    ),
  ];
  test.each(tables)("%s: the kernel has it only since the version in the table", (_, feature, since) => {
    const isSupported = probe(feature) === "supported";
    expect({ isOlder: isOlder(since), isSupported }).not.toEqual({ isOlder: true, isSupported: true });
  });

  const newerMaps = entries<MapType>(MAPS).filter(([, since]) => isOlder(since));
  test.each(newerMaps)("a map of type %s needs %s", (type, since) => {
    const make = (): unknown => createMap(anyMap(type), { name: "late", maxEntries: 4096 });
    expect(make).toThrow(BpfError);
    expect(make).toThrow(`Map late, of type ${type}, needs Linux ${since}; this is `);
  });

  const newerPrograms = PROGRAM_NEEDS.filter((needs) => isOlder(needs.since) || isUnknownToLibbpf(needs));
  test.for(newerPrograms)("program $name needs $since", (needs) => {
    const { since, libbpf, loadsEarlier = false } = needs;
    const isUnknown = isUnknownToLibbpf(needs);
    expect(() => use(needs)).toThrow(BpfError);
    if (isOlder(since) && !(isUnknown && loadsEarlier))
      expect(() => use(needs)).toThrow(`needs Linux ${since}; this is `);
    if (isUnknown) expect(() => use(needs)).toThrow(`needs libbpf ${libbpf} or newer; libbpf 1.`);
  });

  if (isOlder("6.1"))
    test("of an object by name, too", () => {
      using opened = open(readFileSync(fixturePath("user_ringbuf.bpf.o")));
      expect(() => opened.load()).toThrow(/Map commands, of type user_ringbuf, needs Linux 6\.1; this is /);
    });
});
