import type { ExecEvent } from "./exec.skel.ts";

const columns = ["PID", "COMM", "FILE NAME", "TIME"] as const;
const widths = [8, 16, 32, 0];

/** Prints the head of the table; bold where somebody is looking. */
export function printHead(): void {
  const text = line(columns);
  console.log(process.stdout.isTTY && !process.env["NO_COLOR"] ? `\u001b[1m${text}\u001b[0m` : text);
}

/** Prints one event, with what {@link timeOfDay} or {@link sinceBoot} makes of its time stamp. */
export function printEvent(event: ExecEvent, time: string): void {
  console.log(line([String(event.pid), event.comm, event.filename, time]));
}

function line(cells: readonly string[]): string {
  return cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" ");
}

/** When the monotonic clock stood at 0, in nanoseconds of the wall clock. */
const epoch = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** `ts` of this machine's CLOCK_MONOTONIC, as `bpf_ktime_get_ns` gives, as local time with microseconds. */
export function timeOfDay(ts: bigint): string {
  const wall = epoch + ts;
  const date = new Date(Number(wall / 1_000_000n));
  const hms = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((n) => String(n).padStart(2, "0"))
    .join(":");
  const micros = String((wall / 1000n) % 1_000_000n).padStart(6, "0");
  return `${hms}.${micros}`;
}

/** `ts` of another machine's CLOCK_MONOTONIC, which says no more than how long that machine had run. */
export function sinceBoot(ts: bigint): string {
  return `${(Number(ts) / 1e9).toFixed(6)} s after boot`;
}
