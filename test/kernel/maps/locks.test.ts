/** Values with members that belong to the kernel: they are no part of values, and their locks are held. */
import { createMap, hashMap, openMapById, ValueError } from "tinybpf";
import { load } from "tinybpf/dynamic";
import { expect, test } from "vitest";
import { MapHandle } from "../../../src/runtime/maps/map.ts";
import { lockFlag } from "../../../src/runtime/maps/spin-lock.ts";
import { le } from "../../../src/runtime/codec/kinds.ts";
import { fixturePath } from "../../btf-parser/fixtures.ts";
import { Account, Job, Locks } from "../../golden/locks.skel.ts";
import { describeKernel } from "../require-kernel.ts";
import { linux, needsKernel } from "../this-kernel.ts";

const account = { owner: 7, debit: 1n, credit: 100n };

describeKernel("values with a spin lock or a timer", () => {
  test("have no such member, and are set and read without", () => {
    using locks = Locks.load();
    const { accounts, totals, jobs } = locks.maps;
    accounts.set(1, account);
    expect(accounts.get(1)).toEqual(account);
    locks.bss.amount = 5;
    expect(locks.programs.transfer.testRun({ data: new Uint8Array(64) }).retval).toBe(0);
    expect(accounts.get(1)).toEqual({ owner: 7, debit: 6n, credit: 95n });
    expect(accounts.update(1, account, "noexist")).toBe(false);
    expect(accounts.update(1, account, "exist")).toBe(true);
    expect(() => accounts.set(1, { ...account, lock: { val: 0 } } as typeof account)).toThrow(ValueError);
    expect(() => accounts.set(1, { ...account, lock: { val: 0 } } as typeof account)).toThrow(
      "value.lock: cannot be written: it is the kernel's",
    );
    totals.set(3, account);
    expect([...totals][3]).toEqual(account);
    jobs.set(1, { runs: 3 });
    expect(jobs.get(1)).toEqual({ runs: 3n });
  });

  test("are read, set and taken in batches", () => {
    using locks = Locks.load();
    const { accounts } = locks.maps;
    accounts.setMany([1, 2, 3].map((key) => [key, { ...account, owner: key }] as const));
    expect([...accounts].toSorted(([a], [b]) => a - b)).toEqual([
      [1, { ...account, owner: 1 }],
      [2, { ...account, owner: 2 }],
      [3, { ...account, owner: 3 }],
    ]);
    expect(accounts.getMany([3, 9])).toEqual([{ ...account, owner: 3 }, undefined]);
    expect(accounts.takeAll()).toHaveLength(3);
    expect(accounts.size).toBe(0);
  });

  test("are read and deleted at once", (context) => {
    needsKernel(context, linux("5.14"));
    using locks = Locks.load();
    locks.maps.accounts.set(3, account);
    expect(locks.maps.accounts.take(3)).toEqual(account);
    expect(locks.maps.accounts.size).toBe(0);
  });

  test("hold the lock, where the kernel knows of it", () => {
    using locks = Locks.load();
    const flag = (map: { readonly fd: number }, value: Parameters<typeof lockFlag>[1]): number =>
      lockFlag(new MapHandle(undefined as never, map.fd, "", locks.maps.accounts), value);
    expect(flag(locks.maps.accounts, Account)).toBe(4);
    expect(flag(locks.maps.jobs, Job)).toBe(0);
    expect(flag(locks.maps.accounts, le.u32)).toBe(0);
    using opened = openMapById(locks.maps.accounts.id, hashMap(le.u32, Account));
    opened.set(2, account);
    expect(locks.maps.accounts.get(2)).toEqual(account);
    using own = createMap(hashMap(le.u32, Account), { maxEntries: 4 });
    expect(flag(own, Account)).toBe(0);
    expect(own.set(1, account).get(1)).toEqual(account);
    expect([...own]).toEqual([[1, account]]);
  });

  test("without generated code", () => {
    using locks = load(fixturePath("locks.bpf.o"));
    const accounts = locks.map("accounts", "HashMap");
    accounts.set(1, account);
    expect(accounts.get(1)).toEqual(account);
    expect(() => locks.btf.validate("account", Account)).not.toThrow();
    expect(Account.fields["lock"]).toEqual({ offset: 0, size: 4, ofKernel: "bpf_spin_lock" });
    expect(locks.btf.struct("account").fields["lock"]).toEqual(Account.fields["lock"]);
  });
});
