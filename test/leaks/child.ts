/**
 * Goes through the cycles: `node --expose-gc child.js CYCLES FIXTURES [NAME]`. Prints what was left behind, as JSON; with a
 * name only that cycle is gone through.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import koffi from "koffi";
import { makePlaces } from "../misuse/places.ts";
import { type Cycle, CYCLES, isGone, SLOW_CYCLES, type Watching } from "./cycles.ts";

const count = Number(process.argv[2]);
const places = makePlaces(process.argv[3] ?? "");
const wanted = process.argv[4];
const named = (cycles: typeof CYCLES): [string, Cycle][] =>
  Object.entries(cycles).filter(([name]) => wanted === undefined || name === wanted);
const fast = named(CYCLES);
const slow = named(SLOW_CYCLES);
/** One in so many is a slow one. */
const SLOW_EVERY = fast.length === 0 ? 1 : 50;

/** Cycles until what is made once is made: JIT code, feature probes, buffers that are kept. */
const WARM_UP = 500;
/** Parts of the cycles, after each of which resident memory is read. */
const PARTS = 4;
/** The kernel lets go of some objects only later (call_rcu, bpf_map_free_deferred). */
const PATIENCE_MS = 20_000;
/** Of the last maps: the numbers of earlier ones say no more. */
const WATCHED = 500;

const maps: number[] = [];
const programs: number[] = [];
const watching: Watching = {
  map: (id) => void maps.push(id),
  program: (id) => void programs.push(id),
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function run(cyclesToRun: number): Promise<void> {
  for (let i = 0; i < cyclesToRun; i++) {
    const isSlow = slow.length > 0 && i % SLOW_EVERY === 0;
    const [name = "", cycle] =
      (isSlow ? slow[Math.floor(i / SLOW_EVERY) % slow.length] : fast[i % fast.length]) ?? [];
    try {
      await cycle?.(places, watching);
    } catch (error) {
      throw new Error(`cycle ${i}, ${name}`, { cause: error });
    }
    await turn();
  }
}

export interface Holdings {
  /** What open descriptors stand for, and how many there are of each. */
  readonly descriptors: Readonly<Record<string, number>>;
  /** Lines of /proc/self/maps that are no heap of somebody's, and their bytes. */
  readonly mappings: number;
  readonly mappedBytes: number;
  /** Bytes of the whole address space, in use or not, and how many mappings it is made of. */
  readonly addressSpace: number;
  readonly allMappings: number;
  readonly rss: number;
  /** Bytes that C code has allocated; 0 where the C library does not tell. */
  readonly allocated: number;
  readonly heap: number;
  readonly external: number;
}

/** What the program prints. */
export interface Leaks {
  readonly before: Holdings;
  readonly after: Holdings;
  /** Resident memory before and after each part. */
  readonly rss: readonly number[];
  /** Ids of what the kernel still has. */
  readonly maps: readonly number[];
  readonly programs: readonly number[];
}

function descriptors(): Record<string, number> {
  const found: Record<string, number> = {};
  for (const fd of readdirSync("/proc/self/fd")) {
    let target: string;
    try {
      target = readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/g, "N");
    } catch {
      continue; // the one that listed the folder
    }
    found[target] = (found[target] ?? 0) + 1;
  }
  return found;
}

/** Bytes of a mapping. */
function size(line: string): number {
  const [from = "0", to = "0"] = (line.split(" ")[0] ?? "").split("-");
  return Number.parseInt(to, 16) - Number.parseInt(from, 16);
}

/** Mappings that a map or a perf event makes: V8 and the C library map and unmap memory of their own as they like. */
function mappings(): { mappings: number; mappedBytes: number } {
  const lines = readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => /anon_inode|memfd/.test(line));
  return { mappings: lines.length, mappedBytes: lines.reduce((total, line) => total + size(line), 0) };
}

function addressSpace(): { addressSpace: number; allMappings: number } {
  const lines = readFileSync("/proc/self/maps", "utf8").trimEnd().split("\n");
  return { allMappings: lines.length, addressSpace: lines.reduce((total, line) => total + size(line), 0) };
}

const trim = mallocTrim();

/** Gives free memory back, where the C library can. */
function mallocTrim(): () => void {
  try {
    const call = koffi.load(null).func("int malloc_trim(size_t)") as (pad: number) => number;
    return () => void call(0);
  } catch {
    return () => undefined; // musl
  }
}

async function holdings(): Promise<Holdings> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await turn();
  }
  trim();
  const { rss, heapUsed: heap, external } = process.memoryUsage();
  return {
    descriptors: descriptors(),
    ...mappings(),
    ...addressSpace(),
    allocated: allocated(),
    rss,
    heap,
    external,
  };
}

const allocated = mallocInfo();

/** What the GNU C library counts of its heap. */
function mallocInfo(): () => number {
  const members = [
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
  ];
  const type = koffi.struct(Object.fromEntries([...members, "keepcost"].map((name) => [name, "size_t"])));
  try {
    const call = koffi.load(null).func("mallinfo2", type, []) as () => { hblkhd: number; uordblks: number };
    return () => call().uordblks + call().hblkhd;
  } catch {
    return () => 0; // musl, or older than 2.33
  }
}

/** Ids of maps that still are there, though all was closed. */
async function mapsLeft(): Promise<number[]> {
  let left = maps.slice(-WATCHED);
  for (const start = Date.now(); left.length > 0 && Date.now() - start < PATIENCE_MS;) {
    left = left.filter((id) => !isGone(id));
    if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return left;
}

/** Ids of programs that still are there. */
async function programsLeft(): Promise<number[]> {
  const open = koffi.load("libbpf.so.1").func("int bpf_prog_get_fd_by_id(uint32_t)") as (
    id: number,
  ) => number;
  const close = koffi.load(null).func("int close(int)") as (fd: number) => number;
  let left = programs.slice(-WATCHED);
  for (const start = Date.now(); left.length > 0 && Date.now() - start < PATIENCE_MS;) {
    left = left.filter((id) => {
      const fd = open(id);
      if (fd >= 0) close(fd);
      return fd >= 0;
    });
    if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return left;
}

await run(WARM_UP);
const before = await holdings();
const rss = [before.rss];
let after = before;
for (let part = 0; part < PARTS; part++) {
  await run(count / PARTS);
  after = await holdings();
  rss.push(after.rss);
}
const leaks: Leaks = { before, after, rss, maps: await mapsLeft(), programs: await programsLeft() };
console.log(JSON.stringify(leaks));
process.exit(0);
