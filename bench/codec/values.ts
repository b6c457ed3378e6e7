/** What the benchmark's structs hold: values like those of a real trace, the same in every process. */
import type {
  BenchEvent,
  BenchExec,
  BenchFlags,
  BenchGrid,
  BenchRequest,
  BenchState,
} from "../../test/golden/bench_codecs.skel.ts";

/** The structs of fixtures/bench_codecs.bpf.c by name. */
export interface Structs {
  readonly event: BenchEvent;
  readonly exec: BenchExec;
  readonly flags: BenchFlags;
  readonly grid: BenchGrid;
  readonly request: BenchRequest;
}

export type StructName = keyof Structs;

/** Bytes of each struct, and what it is about. */
export const STRUCTS: Readonly<Record<StructName, { readonly size: number; readonly title: string }>> = {
  event: { size: 32, title: "event: 32 bytes, 3 numbers and a name" },
  exec: { size: 300, title: "exec: 300 bytes, 4 numbers and 5 texts" },
  flags: { size: 32, title: "flags: 32 bytes, 13 bitfields" },
  grid: { size: 520, title: "grid: 520 bytes, arrays of structs, numbers and names" },
  request: { size: 4096, title: "request: 4 KB, numbers, texts and bytes" },
};

/** So many different values take turns: a branch or a cache that remembers one record gains nothing. */
export const SAMPLES = 64;

/** Names of commands, which a trace repeats. */
const COMMANDS = [
  "node",
  "bash",
  "systemd",
  "postgres",
  "kworker/0:1-eve",
  "nginx",
  "sshd",
  "containerd-shim",
];
const FOLDERS = ["/", "/usr/bin", "/home/user/project/src", "/var/lib/postgresql/15/main/base"];
const ALPHABET = "abcdefghijklmnopqrstuvwxyz-_./=0123456789";

/** Numbers that look random and are the same every time (mulberry32). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  bits(width: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) >>> (32 - width);
  }

  signed(width: number): number {
    return this.bits(width) - 2 ** (width - 1);
  }

  big(width: number): bigint {
    return BigInt.asUintN(width, (BigInt(this.bits(32)) << 32n) | BigInt(this.bits(32)));
  }

  one<T>(values: readonly [T, ...T[]] | readonly T[], otherwise: T): T {
    return values[this.bits(16) % values.length] ?? otherwise;
  }

  text(least: number, most: number): string {
    const length = least + (this.bits(16) % (most - least + 1));
    return Array.from({ length }, () => ALPHABET[this.bits(16) % ALPHABET.length]).join("");
  }
}

function event(dice: Dice): BenchEvent {
  return { ts: dice.big(62), pid: dice.bits(22), uid: dice.bits(10), comm: dice.one(COMMANDS, "") };
}

function exec(dice: Dice): BenchExec {
  return {
    pid: dice.bits(22),
    ppid: dice.bits(22),
    uid: dice.bits(10),
    retval: dice.signed(8),
    comm: dice.one(COMMANDS, ""),
    tty: `pts/${dice.bits(5)}`,
    cwd: dice.one(FOLDERS, ""),
    filename: `/usr/bin/${dice.text(3, 30)}`,
    args: dice.text(10, 120),
  };
}

function flags(dice: Dice): BenchFlags {
  return {
    cookie: dice.big(64),
    version: dice.bits(4),
    header: dice.bits(4),
    tos: dice.bits(8),
    length: dice.bits(16),
    delta: dice.signed(12),
    skew: dice.signed(20),
    syn: dice.bits(1) === 1,
    ack: dice.bits(1) === 1,
    fin: dice.bits(1) === 1,
    state: dice.bits(2) as BenchState,
    hops: dice.bits(6),
    sequence: dice.big(40),
    window: dice.bits(24),
  };
}

function grid(dice: Dice): BenchGrid {
  return {
    ts: dice.big(62),
    cpus: Array.from({ length: 8 }, (_, id) => ({
      id,
      node: dice.bits(1),
      core: dice.bits(6),
      busy: dice.big(50),
      mhz: Uint32Array.from({ length: 4 }, () => dice.bits(12)),
      trail: Array.from({ length: 2 }, () => ({ x: dice.signed(31), y: dice.signed(20) })),
    })),
    matrix: Array.from({ length: 4 }, () => Uint16Array.from({ length: 8 }, () => dice.bits(16))),
    names: Array.from({ length: 4 }, () => dice.one(COMMANDS, "")),
  };
}

function request(dice: Dice): BenchRequest {
  return {
    ts: dice.big(62),
    cookie: dice.big(64),
    parent: dice.big(64),
    pid: dice.bits(22),
    tgid: dice.bits(22),
    uid: dice.bits(10),
    gid: dice.bits(10),
    comm: dice.one(COMMANDS, ""),
    counters: BigUint64Array.from({ length: 64 }, () => dice.big(40)),
    stack: Uint32Array.from({ length: 64 }, () => dice.bits(32)),
    rates: Float64Array.from({ length: 16 }, () => dice.bits(30) / 1024),
    path: `/${dice.text(20, 200)}`,
    host: `${dice.text(5, 30)}.example`,
    agent: dice.text(60, 120),
    headers: Array.from({ length: 4 }, () => ({ name: dice.text(4, 24), value: dice.text(4, 90) })),
    latencies: BigInt64Array.from({ length: 16 }, () => dice.big(40) - 1000n),
    length: dice.bits(20),
    status: 200 + dice.bits(8),
    payload: Uint8Array.from({ length: 2048 }, () => dice.bits(8)),
  };
}

const makers: { readonly [K in StructName]: (dice: Dice) => Structs[K] } = {
  event,
  exec,
  flags,
  grid,
  request,
};

/** `SAMPLES` values of a struct. */
export function samples<K extends StructName>(name: K): Structs[K][] {
  const dice = new Dice(1);
  return Array.from({ length: SAMPLES }, () => makers[name](dice));
}
