import { createSocket } from "node:dgram";
import { closeSync, openSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import koffi from "koffi";
import { BpfError, init, ValueError } from "tinybpf";
import { beforeAll, describe, expect, test } from "vitest";
import { Sockets } from "../../golden/sockets.skel.ts";
import { countDescriptors } from "../descriptors.ts";
import { listener } from "../maps/sockets.ts";
import { enterNamespaces, run } from "../namespaces.ts";
import { describeKernel } from "../require-kernel.ts";
import { lacking, linux } from "../this-kernel.ts";

/** The descriptor of a socket of Node's. */
function descriptorOf(socket: object): number {
  const handle: unknown = Reflect.get(socket, "_handle");
  const fd: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined;
  if (typeof fd !== "number") throw new Error("this socket has no descriptor");
  return fd;
}

async function listen(port = 0): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("it does not listen");
  return address.port;
}

/** Puts a socket into a sockmap. */
function put(map: number, key: number, socket: number): void {
  const update: (map: number, key: Uint32Array, value: Uint32Array, flags: number) => number = koffi
    .load(init().path)
    .func("int bpf_map_update_elem(int map, const uint32_t *key, const uint32_t *value, uint64_t flags)");
  const result = update(map, new Uint32Array([key]), new Uint32Array([socket]), 0);
  if (result !== 0) throw new Error(`the map does not take the socket: ${result}`);
}

/** Two ends of a connection. */
async function pair(server: Server): Promise<readonly [client: Socket, accepted: Socket]> {
  const client = connect(portOf(server), "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [Socket];
  return [client, accepted];
}

describeKernel("programs of sockets", () => {
  beforeAll(enterNamespaces);

  test("socket filter: drops what comes, until it is closed", async () => {
    using sockets = Sockets.load();
    const receiver = createSocket("udp4").bind(0, "127.0.0.1");
    await once(receiver, "listening");
    const got: string[] = [];
    receiver.on("message", (bytes) => got.push(bytes.toString()));
    const send = (word: string): string =>
      run("bash", "-c", `echo -n ${word} > /dev/udp/127.0.0.1/${receiver.address().port}`);
    try {
      // dgram keeps its handle elsewhere: the descriptor is the one that listens on the port.
      const state: unknown = Object.getOwnPropertySymbols(receiver)
        .map((symbol): unknown => Reflect.get(receiver, symbol))
        .find((value) => typeof value === "object" && value !== null && "handle" in value);
      const fd = descriptorOf({ _handle: Reflect.get(state as object, "handle") });
      const link = sockets.programs.filter.attach(fd);
      expect(link.title).toBe(`filter to socket descriptor ${fd}`);
      send("lost");
      expect(sockets.bss.filtered).toBe(1n);
      link.close();
      send("kept");
      await expect.poll(() => got).toEqual(["kept"]);
    } finally {
      receiver.close();
    }
    expect(sockets.programs.filter.testRun({ data: new Uint8Array(64) }).retval).toBe(0);
  });

  test("a number that was a socket's is left alone when it is another's", () => {
    using sockets = Sockets.load();
    const descriptors = countDescriptors();
    expect(() => sockets.programs.filter.attach(-1)).toThrow(/EBADF[^]*open socket/);
    const file = openSync("/dev/null", "r");
    expect(() => sockets.programs.filter.attach(file)).toThrow(/ENOTSOCK[^]*open socket/);
    closeSync(file);
    // @ts-expect-error no descriptor
    expect(() => sockets.programs.filter.attach("3")).toThrow(ValueError);
    expect(countDescriptors()).toBe(descriptors);
  });

  test("sk_reuseport chooses the socket that gets a connection, until it is closed", () => {
    using sockets = Sockets.load();
    const { group } = sockets.maps;
    using first = listener();
    using second = listener(first.port);
    group.set(0, first).set(1, second);
    const link = sockets.programs.choose.attach(first.fd);
    expect(link.title).toBe(`choose to socket descriptor ${first.fd}`);
    const connectTimes = (times: number): void => {
      for (let i = 0; i < times; i++) run("bash", "-c", `exec 2>&1 3<>/dev/tcp/127.0.0.1/${first.port}`);
    };
    for (const [chosen, socket] of [first, second].entries()) {
      sockets.bss.chosen = chosen;
      connectTimes(5);
      expect([first, second].map((one) => one.accept())).toEqual(
        [first, second].map((one) => (one === socket ? 5 : 0)),
      );
    }
    // Now it is as if there were no sockets at all.
    sockets.bss.chosen = 3;
    expect(() => connectTimes(1)).toThrow();
    link.close();
    connectTimes(20);
    expect(first.accept() + second.accept()).toBe(20);
  });

  test("sk_reuseport: a socket without SO_REUSEPORT is refused", async () => {
    using sockets = Sockets.load();
    const server = await listen();
    try {
      expect(() => sockets.programs.refuse.attach(descriptorOf(server))).toThrow(BpfError);
    } finally {
      server.close();
    }
  });

  test.each(["path", "descriptor", "nothing"])(
    "sk_lookup refuses connections to a port; given %s",
    async (how) => {
      using sockets = Sockets.load();
      const server = await listen(7777);
      const fd = openSync("/proc/thread-self/ns/net", "r");
      try {
        const { refuse_lookup } = sockets.programs;
        const link =
          how === "nothing"
            ? refuse_lookup.attach()
            : refuse_lookup.attach(how === "path" ? "/proc/thread-self/ns/net" : fd);
        expect(link.info).toMatchObject({ type: "netns", attachType: "sk_lookup" });
        const client = connect(7777, "127.0.0.1");
        const [error] = (await once(client, "error")) as [NodeJS.ErrnoException];
        expect(error.code).toBe("ECONNREFUSED");
        expect(sockets.bss.lookups).toBeGreaterThan(0n);
        link.close();
        const [again, accepted] = await pair(server);
        again.destroy();
        accepted.destroy();
      } finally {
        closeSync(fd);
        server.close();
      }
    },
  );

  test("sk_lookup in a test run: the context tells which socket it chose", () => {
    using sockets = Sockets.load();
    using socket = listener();
    // struct bpf_sk_lookup
    const context = new Uint8Array(72);
    const view = new DataView(context.buffer);
    view.setUint32(8, 2, true); // AF_INET
    view.setUint32(12, 6, true); // IPPROTO_TCP
    const { answer_lookup } = sockets.programs;
    expect(answer_lookup.testRun({ context }).retval).toBe(0);
    sockets.maps.connections.set(0, socket);
    const result = answer_lookup.testRun({ context, repeat: 3 });
    expect(result.retval).toBe(1);
    expect(new DataView(result.context.buffer).getBigUint64(0, true)).toBe(socket.cookie);
    expect(context[0]).toBe(0);
  });

  test("flow_dissector: one a namespace", () => {
    using sockets = Sockets.load();
    using link = sockets.programs.dissect.attach();
    expect(link.info).toMatchObject({ type: "netns", attachType: "flow_dissector" });
    expect(() => sockets.programs.dissect.attach()).toThrow(/EEXIST|E2BIG/);
    const { retval } = sockets.programs.dissect.testRun({ data: new Uint8Array(64) });
    // Before 6.1 it cannot decline: the test run says whether it took the packet apart.
    expect(retval).toBe(lacking(linux("6.1")) === undefined ? 129 : 0);
    expect(sockets.bss.dissected).toBe(1n);
  });

  test("what is no namespace", () => {
    using sockets = Sockets.load();
    expect(() => sockets.programs.refuse_lookup.attach("/no/such/file")).toThrow(
      /open network namespace \/no\/such\/file.*ENOENT/,
    );
    expect(() => sockets.programs.refuse_lookup.attach("/dev/null")).toThrow(
      /EINVAL[^]*must be a network namespace/,
    );
  });

  describe("on a sockmap", () => {
    const hasLinks = lacking(linux("6.10")) === undefined;
    test("sk_msg sees what is sent, sk_skb what is received", async () => {
      using sockets = Sockets.load();
      const { connections } = sockets.maps;
      using sending = sockets.programs.on_send.attach(connections);
      using receiving = sockets.programs.on_receive.attach(connections.fd);
      expect(sending.title).toBe("on_send to map connections");
      if (hasLinks)
        expect(receiving.info).toMatchObject({ type: "sockmap", attachType: "sk_skb_stream_verdict" });
      else expect(() => receiving.info).toThrow(/is no single link of the kernel's/);
      const server = await listen();
      const [client, accepted] = await pair(server);
      try {
        put(connections.fd, 0, descriptorOf(client));
        client.write("hello");
        const [bytes] = (await once(accepted, "data")) as [Buffer];
        expect(bytes.toString()).toBe("hello");
        expect(sockets.bss.sent).toBe(1n);
        accepted.write("and you");
        await expect.poll(() => sockets.bss.received).toBe(1n);
      } finally {
        client.destroy();
        accepted.destroy();
        server.close();
      }
    });

    test("what is wrong is named", () => {
      using sockets = Sockets.load();
      const { on_send, any_role, on_receive } = sockets.programs;
      expect(() => on_send.attach(sockets.maps.no_sockmap)).toThrow(/^map: map no_sockmap is of type array/);
      expect(() => on_send.attach(sockets.maps.no_sockmap.fd)).toThrow(BpfError);
      expect(() => any_role.attach(sockets.maps.connections)).toThrow(
        /^role: is missing: one of stream_parser/,
      );
      const verdict = (): void => any_role.attach(sockets.maps.connections, "verdict").close();
      if (lacking(linux("5.13")) === undefined) verdict();
      else expect(verdict).toThrow(/EINVAL[^]*The role verdict needs Linux 5\.13/);
      const link = on_receive.attach(sockets.maps.connections);
      // Without links the newer program takes the older one's place.
      if (hasLinks) expect(() => on_receive.attach(sockets.maps.connections)).toThrow(/EBUSY/);
      link.close();
      on_receive.attach(sockets.maps.connections);
    });
  });
});
