/** What must not compile about events of several types. Nothing here runs. */
import {
  Kind,
  type LifecycleEvent,
  type LifecycleEventView,
  type Ringbufs,
  type StartEvent,
  type StopEventView,
} from "../golden/ringbufs.skel.ts";
import { merge } from "tinybpf";
import { FileOp, type FilesEvent, type PerfEvents } from "../golden/perf_events.skel.ts";
import { RequestKind, type UserRingbuf } from "../golden/user_ringbuf.skel.ts";

export function narrowing(event: LifecycleEvent): string | bigint {
  // @ts-expect-error which type it is has to be found out first
  void event.pid;
  switch (event.kind) {
    case Kind.KIND_START: {
      const start: StartEvent = event;
      // @ts-expect-error a start has no runtime
      void event.runtime;
      return `${start.pid} ${event.comm}`;
    }
    case 2:
      // @ts-expect-error a stop has no comm
      void event.comm;
      return event.runtime;
    default: {
      const none: never = event;
      return none;
    }
  }
}

export function inOrder(event: LifecycleEvent): void {
  if (event.kind === Kind.KIND_START) return;
  const runtime: bigint = event.runtime;
  // @ts-expect-error the other kind is dealt with
  if (event.kind === Kind.KIND_START) void runtime;
  // @ts-expect-error there is no such kind
  if (event.kind === 3) void runtime;
}

export function notExhaustive(event: LifecycleEvent): number {
  switch (event.kind) {
    case Kind.KIND_START:
      return event.pid;
    default: {
      // @ts-expect-error KIND_STOP is not dealt with
      const none: never = event;
      return none;
    }
  }
}

export function views(view: LifecycleEventView): number {
  switch (view.kind) {
    case Kind.KIND_START:
      // @ts-expect-error a view is for reading
      view.pid = 1;
      return view.pid;
    case Kind.KIND_STOP: {
      const stop: StopEventView = view;
      // @ts-expect-error a stop has no pid
      void view.pid;
      return stop.exit_code;
    }
    default: {
      const none: never = view;
      return none;
    }
  }
}

export async function consumers(ringbufs: Ringbufs): Promise<void> {
  const { lifecycle } = ringbufs.maps;
  for await (const event of lifecycle) if (event.kind === Kind.KIND_STOP) void event.exit_code;
  lifecycle.consume((event) => event.kind === Kind.KIND_START && event.pid);
  lifecycle.consumeViews((view) => {
    // @ts-expect-error which type it is has to be found out first
    void view.exit_code;
    return view.kind === Kind.KIND_STOP && view.exit_code;
  });
  // @ts-expect-error a ring buffer has nothing to open
  lifecycle.open();
  // @ts-expect-error nobody would see what it throws
  lifecycle.consume(async (event) => void event.kind);
}

export function perfEvents(perf: PerfEvents, event: FilesEvent): void {
  const path: string | number = event.op === FileOp.OP_FILE_OPEN ? event.path : event.result;
  perf.maps.files.open({ pages: path.toString().length });
  // @ts-expect-error there is no such setting
  perf.maps.files.open({ size: 1 });
  perf.maps.files.onLost = (count, cpu) => count + cpu;
  // @ts-expect-error how many were lost is for reading
  perf.maps.files.lost = 0;
}

export async function waysToRead(ringbufs: Ringbufs, perf: PerfEvents): Promise<void> {
  const { samples } = ringbufs.maps;
  const { value } = await samples.iterate().next();
  // @ts-expect-error there may be no event any more
  void value.weight;
  void value?.weight;
  for await (const batch of samples.batches({ max: 10 })) void batch[0]?.weight;
  // @ts-expect-error that is how many at most
  samples.batches({ max: "10" });
  const count: number = await samples.poll(10, ({ weight }) => weight > 1);
  // @ts-expect-error how long has to be said
  void samples.poll(() => {});
  await samples.listen((sample) => sample.weight > count, { signal: AbortSignal.timeout(10) });
  // @ts-expect-error nobody would see what it throws
  void samples.listen(async ({ weight }) => void weight);
  // @ts-expect-error a ring buffer is one for all CPUs
  samples.consume((sample, cpu: number) => void [sample, cpu]);
  perf.maps.samples.consume((sample, cpu) => sample.cpu === cpu);
  for await (const record of perf.maps.samples.records()) {
    // @ts-expect-error which it is has to be found out first
    void record.count;
    if (record.kind === "lost") void (record.count + record.cpu);
    else void record.event.text;
  }
  const stream: ReadableStream<FilesEvent> = perf.maps.files.readable();
  void stream;
}

export async function merging(ringbufs: Ringbufs, perf: PerfEvents): Promise<void> {
  const all = { samples: ringbufs.maps.samples, life: ringbufs.maps.lifecycle, files: perf.maps.files };
  for await (const each of merge(all)) {
    // @ts-expect-error which map it is from has to be found out first
    void each.event.weight;
    if (each.map === "samples") void each.event.weight;
    // @ts-expect-error events of `life` have no op
    else if (each.map === "life") void each.event.op;
    else void each.event.op;
    // @ts-expect-error there is no such map
    if (each.map === "other") void each;
  }
  // @ts-expect-error it has no events
  merge({ perf });
}

export async function writing(user: UserRingbuf): Promise<void> {
  const { commands, requests, raw } = user.maps;
  const written: boolean = commands.write({ seq: 1, weight: 2, value: 3, text: "" });
  await commands.send({ seq: 1, weight: 2, value: 3n, text: written ? "yes" : "no" });
  // @ts-expect-error the text is missing
  commands.write({ seq: 1, weight: 2, value: 3 });
  // @ts-expect-error programs read it
  commands.consume(() => {});
  requests.write({ kind: RequestKind.REQUEST_START, name: "" });
  requests.write({ kind: RequestKind.REQUEST_STOP, pad: 0, deadline: 0, reason: 1n });
  // @ts-expect-error neither the one nor the other
  requests.write({ kind: RequestKind.REQUEST_STOP, pad: 0 });
  raw.write(new Uint8Array(3));
  // @ts-expect-error there is no type to make bytes of it
  raw.write("text");
}
