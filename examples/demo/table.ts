import type { ExecEvent } from "./exec.skel.ts";

const columns = ["PID", "COMM", "FILE NAME", "TIME"] as const;
const widths = [8, 16, 32, 0];

/** Prints the head of the table; bold where somebody is looking. */
export function printHead(): void {
  const text = line(columns);
  console.log(process.stdout.isTTY && !process.env["NO_COLOR"] ? `\u001b[1m${text}\u001b[0m` : text);
}

/** Prints one event. */
export function printEvent(event: ExecEvent): void {
  console.log(line([String(event.pid), event.comm, event.filename, timeOfDay(event.ts)]));
}

function line(cells: readonly string[]): string {
  return cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" ");
}

/** When the monotonic clock stood at 0, in nanoseconds of the wall clock. */
const epoch = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** `ts` of CLOCK_MONOTONIC (as `bpf_ktime_get_ns` gives) as local time with microseconds. */
function timeOfDay(ts: bigint): string {
  const wall = epoch + ts;
  const date = new Date(Number(wall / 1_000_000n));
  const hms = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((n) => String(n).padStart(2, "0"))
    .join(":");
  const micros = String((wall / 1000n) % 1_000_000n).padStart(6, "0");
  return `${hms}.${micros}`;
}
