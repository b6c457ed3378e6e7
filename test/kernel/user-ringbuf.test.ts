import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ClosedError, createMap, le, openPinnedMap, userRingBuffer, ValueError } from "tinybpf";
import { load as loadByName } from "tinybpf/dynamic";
import { Command, RequestKind, UserRingbuf, type CommandInput } from "../golden/user_ringbuf.skel.ts";
import { bpfDescriptors, countDescriptors } from "./descriptors.ts";
import { enterNamespaces, mountBpffs } from "./namespaces.ts";
import { describeKernel } from "./require-kernel.ts";
import { linux, needsKernel } from "./this-kernel.ts";
import { numbers, turns, within } from "./streams/subjects.ts";

const RECORD = 48; // 40 bytes of command, 8 of header
const ROOM = Math.floor(4096 / RECORD);
const BPF_RB_NO_WAKEUP = 1;

const command = (seq: number): CommandInput => ({
  seq,
  weight: -1,
  value: BigInt(seq),
  text: `command ${seq}`,
});

/** Lets the program read, up to `limit` records; how many it read. */
function drain(from: UserRingbuf, limit = 0, flags = 0): number {
  return from.programs.drain_commands.run({ flags, limit, drained: 0 }).ctx.drained;
}

describeKernel("user ring buffer", () => {
  let skeleton: UserRingbuf | undefined;
  let bpffs: string;

  beforeEach((context) => needsKernel(context, linux("6.1")));

  beforeAll(() => {
    enterNamespaces();
    bpffs = mountBpffs();
  });

  function load(): UserRingbuf {
    skeleton = UserRingbuf.load();
    return skeleton;
  }

  afterEach(() => skeleton?.close());

  describe("write", () => {
    test("gives programs the records, in order, whole", () => {
      const user = load();
      const { maps, bss } = user;
      for (const seq of numbers(0, 3)) expect(maps.commands.write(command(seq))).toBe(true);
      expect(drain(user)).toBe(3);
      expect(bss.next_seq).toBe(3);
      expect(bss.out_of_order).toBe(0);
      expect(BigInt.asIntN(64, bss.sum)).toBe(-3n);
      expect(bss.last_command).toEqual({ seq: 2, weight: -1, value: 2n, text: "command 2" });
      expect(drain(user)).toBe(0);
    });

    test("is false when there is no room, and nothing is written then", () => {
      const user = load();
      const { commands } = user.maps;
      for (const seq of numbers(0, ROOM)) expect(commands.write(command(seq))).toBe(true);
      expect(commands.write(command(ROOM))).toBe(false);
      expect(commands.info).toEqual({
        size: 4096,
        available: ROOM * RECORD,
        consumerPosition: 0n,
        producerPosition: BigInt(ROOM * RECORD),
      });
      expect(drain(user, 1)).toBe(1);
      expect(commands.write(command(ROOM))).toBe(true);
      expect(commands.write(command(ROOM + 1))).toBe(false);
      expect(drain(user)).toBe(ROOM);
      expect([user.bss.next_seq, user.bss.out_of_order]).toEqual([ROOM + 1, 0]);
    });

    test("many times around the buffer, nothing is lost, torn or doubled", () => {
      const user = load();
      const { commands } = user.maps;
      let seq = 0;
      for (let round = 0; round < 2000; round++) {
        for (let i = 0; i <= round % 100; i++) if (commands.write(command(seq))) seq++;
        drain(user, 1 + (round % 60));
      }
      while (drain(user) > 0);
      expect(seq).toBeGreaterThan(50_000);
      expect([user.bss.next_seq, user.bss.out_of_order]).toEqual([seq, 0]);
      expect(BigInt.asIntN(64, user.bss.sum)).toBe((-BigInt(seq) * BigInt(seq - 1)) / 2n);
      expect(user.bss.last_command.text).toBe(`command ${seq - 1}`);
    });

    test("records of several types, told apart by their field", () => {
      const user = load();
      const { requests } = user.maps;
      expect(requests.write({ kind: RequestKind.REQUEST_START, name: "first" })).toBe(true);
      expect(requests.write({ kind: RequestKind.REQUEST_STOP, pad: 0, deadline: 1n, reason: 7 })).toBe(true);
      expect(user.programs.drain_requests.run({ flags: 0, limit: 0, drained: 0 }).ctx.drained).toBe(2);
      expect(user.bss.last_start).toEqual({ kind: 1, name: "first" });
      expect(user.bss.reasons).toBe(7n);
      const none = { kind: 3 as unknown as 1, name: "" };
      expect(() => requests.write(none)).toThrow(
        "user ring buffer requests: kind is 3, which stands for no type of event",
      );
    });

    test("bytes of any length, when there is no type", () => {
      const user = load();
      const { raw } = user.maps;
      const lengths = [4, 5, 7, 8, 9, 100, 1023, 1024, 1500];
      for (const length of lengths) {
        const bytes = new Uint8Array(length);
        new DataView(bytes.buffer).setUint32(0, length, true);
        expect(raw.write(bytes)).toBe(true);
      }
      user.programs.drain_raw.run({ flags: 0, limit: 0, drained: 0 });
      expect([user.bss.raw_lengths_right, user.bss.raw_lengths_wrong]).toEqual([lengths.length, 0]);
      expect(() => raw.write(new Uint8Array(4089))).toThrow(
        new ValueError("a record of 4089 bytes has no room: user ring buffer raw takes 4088"),
      );
      expect(raw.write(new Uint8Array(4088))).toBe(true);
      expect(() => raw.write("text" as unknown as Uint8Array)).toThrow(ValueError);
    });

    test("a value that does not fit its type is an error, and nothing is written", () => {
      const user = load();
      const { commands } = user.maps;
      expect(() => commands.write({ ...command(0), weight: 2 ** 31 })).toThrow(
        new ValueError("2147483648 is out of range for __s32", "command.weight"),
      );
      expect(() => commands.write({ ...command(0), text: "x".repeat(21) })).toThrow(ValueError);
      expect(() => commands.write(undefined as unknown as CommandInput)).toThrow(ValueError);
      expect(commands.info.available).toBe(0);
    });

    test("a value whose getters write, or close, does no harm", () => {
      const user = load();
      const { commands } = user.maps;
      const nested = Object.defineProperty(command(1), "value", {
        get: () => {
          commands.write(command(0));
          return 1n;
        },
      });
      expect(commands.write(nested)).toBe(true);
      expect(drain(user)).toBe(2);
      expect(user.bss.out_of_order).toBe(0);
      const closing = Object.defineProperty(command(2), "value", {
        get: () => {
          user.close();
          return 1n;
        },
      });
      expect(() => commands.write(closing)).toThrow(ClosedError);
    });
  });

  describe("send", () => {
    test("waits for room, and keeps the order of the calls", async () => {
      const user = load();
      const { commands } = user.maps;
      const sent = numbers(0, 3 * ROOM).map((seq) => commands.send(command(seq)));
      expect(commands.write(command(999))).toBe(false);
      while (commands.info.producerPosition < BigInt(sent.length * RECORD)) {
        await turns(3);
        drain(user, 10);
      }
      await Promise.all(sent);
      while (drain(user) > 0);
      expect([user.bss.next_seq, user.bss.out_of_order]).toEqual([3 * ROOM, 0]);
    });

    test("write does not overtake it, although there is room by now", async () => {
      const user = load();
      const { commands } = user.maps;
      let seq = 0;
      while (commands.write(command(seq))) seq++;
      const pending = commands.send(command(seq));
      drain(user);
      expect(commands.write(command(seq + 1))).toBe(false);
      await pending;
      expect(commands.write(command(seq + 1))).toBe(true);
      drain(user);
      expect([user.bss.next_seq, user.bss.out_of_order]).toEqual([seq + 2, 0]);
    });

    test("no wake-up is missed: 300 times a full buffer, read at some moment", async () => {
      const user = load();
      const { commands } = user.maps;
      let seq = 0;
      while (commands.write(command(seq))) seq++;
      for (let round = 0; round < 300; round++) {
        const pending = commands.send(command(seq++));
        await turns(round % 5);
        drain(user, 1);
        await within(pending);
      }
      while (drain(user) > 0);
      expect([user.bss.next_seq, user.bss.out_of_order]).toEqual([seq, 0]);
    });

    test("room that no program told of is found with the next that is", async () => {
      const user = load();
      const { commands } = user.maps;
      let seq = 0;
      while (commands.write(command(seq))) seq++;
      let sent = false;
      const pending = commands.send(command(seq)).then(() => (sent = true));
      await turns(5);
      drain(user, 1, BPF_RB_NO_WAKEUP);
      await turns(5);
      expect(sent).toBe(false);
      drain(user, 1);
      await pending;
    });

    test("closing rejects who waits: the record was not written", async () => {
      const before = [bpfDescriptors(), countDescriptors()];
      const user = load();
      const { commands } = user.maps;
      while (commands.write(command(0)));
      const pending = [commands.send(command(1)), commands.send(command(2))];
      setImmediate(() => user.close());
      for (const { status, ...rest } of await Promise.allSettled(pending))
        expect({ status, ...rest }).toMatchObject({ status: "rejected", reason: { name: "ClosedError" } });
      expect(() => commands.write(command(1))).toThrow(ClosedError);
      expect(() => commands.info).toThrow(ClosedError);
      expect(() => commands.writable()).toThrow(ClosedError);
      await expect(commands.send(command(1))).rejects.toThrow(ClosedError);
      expect([bpfDescriptors(), countDescriptors()]).toEqual(before);
    });

    test("aborting rejects who waits with the reason, and the others go on", async () => {
      const user = load();
      const { commands } = user.maps;
      let seq = 0;
      while (commands.write(command(seq))) seq++;
      const stop = new AbortController();
      const aborted = commands.send(command(999), { signal: stop.signal });
      const other = commands.send(command(seq));
      stop.abort(new Error("enough"));
      await expect(aborted).rejects.toThrow("enough");
      drain(user);
      await other;
      drain(user);
      expect([user.bss.next_seq, user.bss.out_of_order]).toEqual([seq + 1, 0]);
      await expect(commands.send(command(0), { signal: stop.signal })).rejects.toThrow("enough");
      expect(commands.info.available).toBe(0);
    });

    test("aborting a large record lets the smaller ones behind it through", async () => {
      const { raw } = load().maps;
      while (raw.write(new Uint8Array(1000)));
      const stop = new AbortController();
      const large = raw.send(new Uint8Array(2000), { signal: stop.signal });
      await turns(20); // it is woken once at first, in any case
      const small = raw.send(new Uint8Array(8));
      await turns(20);
      stop.abort(new Error("enough"));
      await expect(large).rejects.toThrow("enough");
      await within(small);
    });
  });

  describe("writable", () => {
    test("writes a stream of records as room comes", async () => {
      const user = load();
      const records = new ReadableStream<CommandInput>({
        start(controller) {
          for (const seq of numbers(0, 500)) controller.enqueue(command(seq));
          controller.close();
        },
      });
      const piping = records.pipeTo(user.maps.commands.writable());
      while (user.maps.commands.info.producerPosition < BigInt(500 * RECORD)) {
        await turns(5);
        drain(user);
      }
      await piping;
      while (drain(user) > 0);
      expect([user.bss.next_seq, user.bss.out_of_order]).toEqual([500, 0]);
    });

    test("aborting it ends the write that waits", async () => {
      const user = load();
      const { commands } = user.maps;
      while (commands.write(command(0)));
      const writer = commands.writable().getWriter();
      const pending = writer.write(command(1));
      await turns(3);
      const [written, aborted] = await Promise.allSettled([pending, writer.abort(new Error("enough"))]);
      expect(written.status).toBe("rejected");
      expect(aborted.status).toBe("fulfilled");
    });
  });

  describe("without the skeleton", () => {
    test("pinned: another process can write, with a codec", () => {
      const user = load();
      const path = `${bpffs}/commands`;
      user.maps.commands.pin(path);
      using opened = openPinnedMap(path, userRingBuffer(Command));
      expect(opened.write(command(0))).toBe(true);
      expect(user.maps.commands.write(command(1))).toBe(true);
      expect(drain(user)).toBe(2);
      expect(user.bss.out_of_order).toBe(0);
      user.maps.commands.unpin(path);
    });

    test("by name: the values are those of the object's BTF", () => {
      using user = loadByName(new URL("../../fixtures/user_ringbuf.bpf.o", import.meta.url).pathname);
      const commands = user.map("commands", "UserRingBuffer");
      expect(commands.write({ seq: 0, weight: 2, value: 21, text: "by name" })).toBe(true);
      expect(() => commands.write({ seq: 0 })).toThrow(ValueError);
      const requests = user.map("requests", "UserRingBuffer");
      expect(requests.write({ kind: 2, pad: 0, deadline: 0, reason: 5n })).toBe(true);
      user.program("drain_commands", "SyscallProgram").run({ flags: 0, limit: 0, drained: 0 });
      user.program("drain_requests", "SyscallProgram").run({ flags: 0, limit: 0, drained: 0 });
      expect([user.globals.get("sum"), user.globals.get("reasons")]).toEqual([42n, 5n]);
    });

    test("made on its own", () => {
      using made = createMap(userRingBuffer(le.u32), { maxEntries: 4096 });
      for (const i of numbers(0, 4096 / 16)) expect(made.write(i)).toBe(true);
      expect(made.write(1)).toBe(false);
    });
  });
});
