/** Skeletons of `--u64 number` in the kernel. */
import { possibleCpus, ValueError } from "tinybpf";
import { expect, test } from "vitest";
import { allocate, libbpf } from "../../src/runtime/native.ts";
import { Maps } from "../golden/maps.camel-number.skel.ts";
import { type Event, Syscall } from "../golden/syscall.number.skel.ts";
import { describeKernel } from "./require-kernel.ts";
import { linux, needsKernel } from "./this-kernel.ts";

const { MAX_SAFE_INTEGER } = Number;
const BPF_F_MMAPABLE = 1024;

/** Puts a value into a map behind the skeleton's back. */
function putRaw(fd: number, key: bigint, value: bigint): void {
  const [at, bytes] = [allocate(8), allocate(8)];
  at.view.setBigUint64(0, key, true);
  bytes.view.setBigUint64(0, value, true);
  expect(libbpf.bpf_map_update_elem(fd, at.address, bytes.address, 0)).toBe(0);
}

describeKernel("64-bit integers as numbers", () => {
  test("counters, keys and values of maps", () => {
    using skeleton = Maps.load();
    const { hash, lru, percpuHash, first } = skeleton.maps;
    const key = { id: 1, zone: 2, flags: 3 };
    expect(skeleton.programs.touch.testRun().retval).toBe(0);
    expect(hash.get(key)).toEqual({ packets: 1, bytes: 100 });
    hash.set(key, { packets: 2 ** 40, bytes: MAX_SAFE_INTEGER });
    expect(skeleton.programs.touch.testRun().retval).toBe(1);
    expect([...hash]).toEqual([[key, { packets: 2 ** 40 + 1, bytes: MAX_SAFE_INTEGER }]]);

    lru.set(2 ** 40, 5).set(MAX_SAFE_INTEGER, 0);
    expect(new Map(lru)).toEqual(
      new Map([
        [2 ** 40, 5],
        [MAX_SAFE_INTEGER, 0],
      ]),
    );
    expect(lru.delete(2 ** 40)).toBe(true);

    const each = Array.from({ length: possibleCpus() }, (_, cpu) => ({ packets: cpu * 2 ** 33, bytes: cpu }));
    percpuHash.set(1, each);
    expect(percpuHash.get(1)).toEqual(each);
    first.set(1, 2 ** 33);
    expect([...first]).toEqual([0, 2 ** 33]);
  });

  test("what is no safe integer is an error, never another number", () => {
    using skeleton = Maps.load();
    const { hash, lru } = skeleton.maps;
    putRaw(lru.fd, 1n, 2n ** 53n);
    expect(() => lru.get(1)).toThrow(ValueError);
    expect(() => lru.get(1)).toThrow(
      "9007199254740992 (__u64) is no safe integer: generate with --u64 bigint",
    );
    expect(() => [...lru]).toThrow(ValueError);
    expect([...lru.keys()]).toEqual([1]);
    lru.set(1, 2);
    expect(lru.get(1)).toBe(2);
    putRaw(lru.fd, 2n ** 64n - 1n, 1n);
    expect(() => [...lru.keys()]).toThrow(/^18446744073709551615 \(__u64\)/);

    const key = { id: 1, zone: 2, flags: 3 };
    hash.set(key, { packets: MAX_SAFE_INTEGER, bytes: 0 });
    skeleton.programs.touch.testRun();
    expect(() => hash.get(key)).toThrow(/^value\.packets: 9007199254740992 \(__u64\) is no safe integer/);
    // @ts-expect-error a bigint
    expect(() => lru.set(1, 1n)).toThrow(/^value: 1n is a bigint: --u64 number takes a number/);
    // @ts-expect-error a bigint
    expect(() => lru.get(1n)).toThrow(/^key: 1n is a bigint/);
    expect(() => lru.set(1, 2 ** 53)).toThrow(/^value: 9007199254740992 \(__u64\) is no safe integer/);
    expect(() => lru.set(-1, 1)).toThrow(/^key: -1 is out of range for __u64/);
    expect(lru.get(1)).toBe(2);
  });

  test("elements of an array in mapped memory", () => {
    using skeleton = Maps.load({ maps: { first: { flags: BPF_F_MMAPABLE } } });
    const { first } = skeleton.maps;
    first.set(1, MAX_SAFE_INTEGER);
    expect([...first]).toEqual([0, MAX_SAFE_INTEGER]);
    expect(() => first.set(1, 2 ** 53)).toThrow(/^value: 9007199254740992 \(__u64\) is no safe integer/);
    expect(() => first.set(1, -1)).toThrow(/^value: -1 is out of range for __u64/);
    expect(first.get(1)).toBe(MAX_SAFE_INTEGER);
    const [key, value] = [allocate(4), allocate(8)];
    value.view.setBigUint64(0, 2n ** 63n, true);
    expect(libbpf.bpf_map_update_elem(first.fd, key.address, value.address, 0)).toBe(0);
    expect(() => first.get(0)).toThrow(/^value: 9223372036854775808 \(__u64\) is no safe integer/);
    expect(first.get(1)).toBe(MAX_SAFE_INTEGER);
  });

  test("global variables and the contexts of syscall programs", (context) => {
    needsKernel(context, linux("5.17"));
    using syscall = Syscall.load({ bss: { echo_calls: 2 ** 40 } });
    const echo = (): number =>
      syscall.programs.echo.run({ number: 1, length: 0, text: "hi", calls: 0 }).ctx.calls;
    expect(syscall.bss.echo_calls).toBe(2 ** 40);
    expect(echo()).toBe(2 ** 40 + 1);
    syscall.bss.echo_calls = MAX_SAFE_INTEGER - 1;
    expect(echo()).toBe(MAX_SAFE_INTEGER);
    expect(syscall.bss.echo_calls).toBe(MAX_SAFE_INTEGER);
    expect(echo).toThrow(/echo_args\.calls: 9007199254740992 \(__u64\) is no safe integer/);
    expect(() => syscall.bss.echo_calls).toThrow(/^echo_calls: 9007199254740992 \(__u64\)/);
    expect(() => {
      // @ts-expect-error a bigint
      syscall.bss.echo_calls = 1n;
    }).toThrow(/^echo_calls: 1n is a bigint/);
    syscall.bss.echo_calls = 0;
    expect(echo()).toBe(1);
    expect(() => Syscall.load({ bss: { echo_calls: 0.5 } })).toThrow(
      /^bss\.echo_calls: 0.5 is not an integer/,
    );
  });

  test("events and their views", (context) => {
    needsKernel(context, linux("5.17"));
    using syscall = Syscall.load();
    syscall.programs.emit.run({ count: 1, emitted: 0, flags: 0 });
    const events: Event[] = [];
    syscall.maps.events.consume((event) => void events.push(event));
    expect(events).toHaveLength(1);
    expect(Number.isSafeInteger(events[0]?.ts)).toBe(true);
    syscall.programs.emit.run({ count: 1, emitted: 0, flags: 0 });
    let later = 0;
    syscall.maps.events.consumeViews((event) => void (later = event.ts));
    expect(later).toBeGreaterThan(events[0]?.ts ?? Infinity);
  });
});
