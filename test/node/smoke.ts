/**
 * What a user's program does, in a project with the packages installed: loads skeletons, attaches, reads events, maps and
 * globals, closes. Node runs it as it is where it knows types and `using`; elsewhere it is compiled (scripts/test-node.mjs).
 * The skeletons are those that `tinybpf-gen` wrote in that project.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { ClosedError, init, ReadOnlyError, ValueError, VerifierError } from "tinybpf";
import { Maps } from "../golden/maps.skel.ts";
import { RawTp, type RenameEvent } from "../golden/raw_tp.skel.ts";
import { Syscall } from "../golden/syscall.skel.ts";
import { VerifierReject } from "../golden/verifier_reject.skel.ts";

/** Gives this thread another name, which the kernel reports to the program of raw_tp.bpf.c. */
const rename = (name: string): void => writeFileSync("/proc/self/comm", name);

async function attachedProgram(): Promise<void> {
  using rawTp = RawTp.load({ rodata: { target_tgid: process.pid } });
  rename("before");
  rawTp.attach();
  const events: RenameEvent[] = [];
  // The loop waits before there is an event, and nothing else keeps the process alive but what it waits for.
  setImmediate(() => rename("one"));
  for await (const event of rawTp.maps.events) {
    events.push(event);
    if (events.length === 2) break;
    setTimeout(() => rename("two"), 20);
  }
  assert.deepEqual(
    events.map(({ tgid, from, to }) => ({ tgid, from, to })),
    [
      { tgid: process.pid, from: "before", to: "one" },
      { tgid: process.pid, from: "one", to: "two" },
    ],
  );
  assert.equal(rawTp.bss.renames, 2n);
  assert.throws(() => {
    (rawTp.rodata as { target_tgid: number }).target_tgid = 0;
  }, ReadOnlyError);
  rawTp.close();
  rename("after");
  assert.throws(() => rawTp.bss.renames, ClosedError);
}

function calledProgram(): void {
  using syscall = Syscall.load();
  const { ctx } = syscall.programs.echo.run({ number: 7, length: 0, text: "héllo", calls: 0 });
  assert.deepEqual({ number: ctx.number, text: ctx.text }, { number: -7, text: "HéLLO" });
  syscall.programs.emit.run({ count: 1000, emitted: 0, flags: 0 });
  let last = -1;
  const views = syscall.maps.events.consumeViews((event) => {
    assert.equal(event.seq, last + 1);
    last = event.seq;
  });
  assert.deepEqual({ views, last }, { views: 1000, last: 999 });
  assert.throws(
    () => syscall.programs.echo.run({ number: 2 ** 31, length: 0, text: "", calls: 0 }),
    ValueError,
  );
}

function maps(): void {
  using loaded = Maps.load();
  const { hash, array } = loaded.maps;
  const keys = [1, 2, 3].map((id) => ({ id, zone: 0, flags: 0 }));
  for (const key of keys) hash.set(key, { packets: key.id, bytes: 2 ** 40 });
  assert.deepEqual(
    [...hash]
      .map(([key, value]) => [key.id, value.packets, value.bytes])
      .toSorted(([a], [b]) => Number(a) - Number(b)),
    keys.map(({ id }) => [id, BigInt(id), 2n ** 40n]),
  );
  assert.equal(hash.delete({ id: 1, zone: 0, flags: 0 }), true);
  assert.equal(hash.size, 2);
  array.set(7, { packets: 5, bytes: 6 });
  assert.deepEqual(array.get(7), { packets: 5n, bytes: 6n });
}

function rejected(): void {
  assert.throws(
    () => VerifierReject.load(),
    (error) => error instanceof VerifierError && error.message.includes("invalid access to packet"),
  );
}

const { version, path } = init();
await attachedProgram();
calledProgram();
maps();
rejected();
console.log(`ok: Node ${process.version}, libbpf ${version} (${path})`);
