/** Storage of cgroups by attachment, as it was before BPF_MAP_TYPE_CGRP_STORAGE. */
import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ClosedError, ValueError } from "tinybpf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AttachedStorage } from "../../golden/attached_storage.skel.ts";
import { enterNamespaces, mountCgroups, run } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";

/** enum bpf_attach_type */
const BPF_CGROUP_INET_EGRESS = 1;

describeKernel("storage by attachment to cgroups", () => {
  let cgroup: string;
  beforeAll(() => {
    enterNamespaces();
    cgroup = join(mountCgroups(), `tinybpf-storage-${process.pid}`);
    mkdirSync(cgroup);
  });
  afterAll(() => rmdirSync(cgroup));

  test("comes with the attachment, and is read and written from then on", () => {
    const skeleton = AttachedStorage.load();
    const { by_attachment: byAttachment, by_cgroup: byCgroup } = skeleton.maps;
    const id = statSync(cgroup, { bigint: true }).ino;
    const key = { cgroup_inode_id: id, attach_type: BPF_CGROUP_INET_EGRESS };
    expect([byAttachment.size, byCgroup.size]).toEqual([0, 0]);
    expect(byAttachment.get(key)).toBeUndefined();
    expect(byAttachment.set(key, { packets: 1, bytes: 2 })).toBe(false);

    skeleton.programs.count_egress.attach(cgroup);
    expect([...byAttachment]).toEqual([[key, { packets: 0n, bytes: 0n }]]);
    expect([...byAttachment.keys()]).toEqual([key]);
    expect(byAttachment.has({ ...key, attach_type: 0 })).toBe(false);
    expect(byAttachment.set(key, { packets: 10, bytes: 0 })).toBe(true);
    expect(() => byAttachment.set(key, { packets: -1, bytes: 0 })).toThrow(ValueError);
    run("bash", "-c", `echo $$ > ${cgroup}/cgroup.procs && echo x > /dev/udp/127.0.0.1/9`);
    expect(byAttachment.get(key)?.packets).toBe(11n);
    expect([...byAttachment.values()][0]?.bytes).toBeGreaterThan(0n);

    expect([...byCgroup.keys()]).toEqual([id]);
    expect(byCgroup.get(id)).toHaveLength(byCgroup.cpus);
    expect(byCgroup.sum(id)).toBe(1n);
    expect(
      byCgroup.set(
        id,
        Array.from({ length: byCgroup.cpus }, () => 3),
      ),
    ).toBe(true);
    expect(byCgroup.sum(id, (value) => value * 2n)).toBe(6n * BigInt(byCgroup.cpus));
    expect(byCgroup.sum(id + 1n)).toBeUndefined();

    skeleton.close();
    expect(() => byAttachment.get(key)).toThrow(ClosedError);
    expect(() => byCgroup.size).toThrow(ClosedError);
  });
});
