/** What must not compile about events of several types. Nothing here runs. */
import {
  Kind,
  type LifecycleEvent,
  type LifecycleEventView,
  type Ringbufs,
  type StartEvent,
  type StopEventView,
} from "../golden/ringbufs.skel.ts";
import { FileOp, type FilesEvent, type PerfEvents } from "../golden/perf_events.skel.ts";

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
