import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { BpfError, ClosedError, openPinnedLink, ValueError } from "tinybpf";
import { beforeAll, expect, test } from "vitest";
import { Iterators } from "../../golden/iterators.skel.ts";
import { countDescriptors } from "../descriptors.ts";
import { enterNamespaces, mountBpffs } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { lacking, linux } from "../this-kernel.ts";

const own = `${process.pid} ${process.pid}`;

describeKernel("iterator", () => {
  beforeAll(() => enterNamespaces());

  test("gives what its program writes, as text, lines and streams", async () => {
    using iterators = Iterators.load();
    using tasks = iterators.programs.dump_task.attach();
    expect(tasks.info.type).toBe("iter");
    const descriptors = countDescriptors();
    expect(tasks.text().split("\n")).toContain(own);
    expect([...tasks.lines()]).toContain(own);
    const lines: string[] = [];
    for await (const line of tasks) lines.push(line);
    expect(lines).toContain(own);
    expect(await text(Readable.fromWeb(tasks.stream()))).toContain(`\n${own}\n`);
    expect(iterators.programs.dump_task.read()).toContain(`\n${own}\n`);
    expect(countDescriptors()).toBe(descriptors);
  });

  test("goes through the threads of one process, or one thread", () => {
    using iterators = Iterators.load();
    const { dump_task } = iterators.programs;
    if (lacking(linux("6.1")) !== undefined) {
      // The kernel would go through all of them.
      expect(() => dump_task.read({ tid: process.pid })).toThrow(/EOPNOTSUPP[^]*needs Linux 6\.1; this is/);
      return;
    }
    const threads = readdirSync("/proc/self/task");
    const seen = dump_task.read({ pid: process.pid }).trim().split("\n");
    expect(new Set(seen.map((line) => line.split(" ")[1]))).toEqual(new Set(threads));
    expect(dump_task.read({ tid: process.pid })).toBe(`${own}\n`);
  });

  test("over a map is left out by the attach of the skeleton: only the program's own says which map", () => {
    using iterators = Iterators.load();
    expect(iterators.attach().map(({ title }) => title)).toEqual(["dump_task to iter/task"]);
    expect(() => iterators.programs.dump_map.attach()).toThrow(/It goes through a map: give \{ map \}/);
  });

  test("that is pinned is read when it is opened again, and closed while it is read", () => {
    const path = join(mountBpffs(), "tasks");
    using iterators = Iterators.load();
    iterators.programs.dump_task.attach().pin(path);
    iterators.close();
    const opened = openPinnedLink(path);
    if (!("text" in opened)) throw new TypeError("no iterator");
    expect(opened).toMatchObject({ pinPath: path, closed: false });
    expect(opened.text()).toContain(`\n${own}\n`);
    const lines = opened.lines();
    lines.next();
    opened.close();
    expect(() => [...lines].length).toThrow(ClosedError);
    openPinnedLink(path).detach();
    expect(existsSync(path)).toBe(false);
  });

  test("goes through a map, in more than one piece", () => {
    using iterators = Iterators.load();
    const { counts } = iterators.maps;
    for (let key = 0; key < 10_000; key++) counts.set(key, BigInt(key) * 1_000_000_007n);
    const all = [...iterators.programs.dump_map.attach({ map: counts }).lines()];
    expect(all).toHaveLength(10_000);
    expect(all).toContain("9999=9999000069993");
    const descriptors = countDescriptors();
    for (const line of iterators.programs.dump_map.attach({ map: counts.fd }).lines()) {
      expect(line).toMatch(/^\d+=\d+$/);
      break;
    }
    // The link stays open, what was read from it does not.
    expect(countDescriptors()).toBe(descriptors + 1);
  });

  test("a stream that is cancelled closes what it read from", async () => {
    using iterators = Iterators.load();
    using tasks = iterators.programs.dump_task.attach();
    const descriptors = countDescriptors();
    const reader = tasks.stream().getReader();
    expect((await reader.read()).done).toBe(false);
    await reader.cancel();
    expect(countDescriptors()).toBe(descriptors);
  });

  test("closing the link ends what is being read", async () => {
    using iterators = Iterators.load();
    const descriptors = countDescriptors();
    const tasks = iterators.programs.dump_task.attach();
    const chunks = tasks.chunks();
    expect(chunks.next().done).toBe(false);
    const reader = tasks.stream().getReader();
    expect((await reader.read()).done).toBe(false);
    tasks.close();
    expect(countDescriptors()).toBe(descriptors);
    expect(() => chunks.next()).toThrow(ClosedError);
    await expect(reader.read()).rejects.toThrow(ClosedError);
    expect(countDescriptors()).toBe(descriptors);
  });

  test("a target for another kind is refused, and never taken for something else", () => {
    using iterators = Iterators.load();
    const { dump_map, dump_task } = iterators.programs;
    const { counts } = iterators.maps;
    // The descriptor of a map would be the number of a thread.
    expect(() => dump_task.attach({ map: counts })).toThrow(
      /^map: is not for iter\/task, which takes pid or tid/,
    );
    expect(() => dump_task.attach({ cgroup: "/" })).toThrow(/^cgroup: is not for iter\/task/);
    expect(() => dump_map.attach({ tid: counts.fd })).toThrow(/^tid: is not for iter\/bpf_map_elem/);
    // 0 would be all of them.
    expect(() => dump_task.attach({ pid: 0 })).toThrow(/^pid: must be more than 0/);
    expect(() => dump_task.attach({ tid: 0 })).toThrow(ValueError);
    // @ts-expect-error two of them
    expect(() => dump_task.attach({ tid: 1, pid: 1 })).toThrow(
      /^target: must have one of map, pid, tid, cgroup/,
    );
    // @ts-expect-error no cgroup
    expect(() => dump_task.attach({ pid: 1, order: "self" })).toThrow(/^order: goes with a cgroup/);
  });

  test("what is missing is named", () => {
    using iterators = Iterators.load();
    const { dump_map, dump_task } = iterators.programs;
    expect(() => dump_map.attach()).toThrow(/EINVAL[^]*give \{ map \}|EBADF[^]*give \{ map \}/);
    expect(() => dump_map.attach({ map: -1 })).toThrow(BpfError);
    // @ts-expect-error no such target
    expect(() => dump_task.attach({ process: 1 })).toThrow(ValueError);
    const link = dump_task.attach();
    link.close();
    expect(() => link.text()).toThrow(ClosedError);
    iterators.close();
    expect(() => dump_task.read()).toThrow(ClosedError);
  });
});
