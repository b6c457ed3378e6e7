/** Sockets by their descriptors, as the maps take them. */
import koffi from "koffi";

const libc = koffi.load(null);
const socket: (family: number, type: number, protocol: number) => number = libc.func("socket", "int", [
  "int",
  "int",
  "int",
]);
const setsockopt: (fd: number, level: number, name: number, value: Uint8Array, size: number) => number =
  libc.func("setsockopt", "int", ["int", "int", "int", "uint8_t *", "uint32_t"]);
const getsockopt: (fd: number, level: number, name: number, value: Uint8Array, size: Uint8Array) => number =
  libc.func("getsockopt", "int", ["int", "int", "int", "uint8_t *", "void *"]);
const bind: (fd: number, address: Uint8Array, size: number) => number = libc.func("bind", "int", [
  "int",
  "uint8_t *",
  "uint32_t",
]);
const listen: (fd: number, backlog: number) => number = libc.func("listen", "int", ["int", "int"]);
const accept: (fd: number, address: null, size: null) => number = libc.func("accept", "int", [
  "int",
  "void *",
  "void *",
]);
const getsockname: (fd: number, address: Uint8Array, size: Uint8Array) => number = libc.func(
  "getsockname",
  "int",
  ["int", "uint8_t *", "void *"],
);
const close: (fd: number) => number = libc.func("close", "int", ["int"]);

const AF_INET = 2;
const AF_XDP = 44;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SOL_XDP = 283;
const XDP_RX_RING = 2;
const SO_REUSEPORT = 15;
const SO_COOKIE = 57;

/** A socket that is closed at the end of the block. */
export interface TestSocket extends Disposable {
  readonly fd: number;
  /** What the kernel calls it. */
  readonly cookie: bigint;
  close(): void;
}

function testSocket(family: number, type: number): TestSocket {
  const fd = socket(family, type, 0);
  if (fd < 0) throw new Error(`no socket of family ${family}: error ${koffi.errno()}`);
  let open = true;
  const shut = (): void => {
    if (open) close(fd);
    open = false;
  };
  return {
    fd,
    get cookie() {
      const value = new Uint8Array(8);
      must(getsockopt(fd, SOL_SOCKET, SO_COOKIE, value, new Uint8Array([8, 0, 0, 0])), "SO_COOKIE");
      return new DataView(value.buffer).getBigUint64(0, true);
    },
    close: shut,
    [Symbol.dispose]: shut,
  };
}

function must(result: number, what: string): void {
  if (result !== 0) throw new Error(`${what}: error ${koffi.errno()}`);
}

/** A TCP socket that listens. */
export interface Listener extends TestSocket {
  readonly port: number;
  /** Takes the connections that there are, and closes them: how many there were. */
  accept(): number;
}

/** A TCP socket that listens on a port of 127.0.0.1, by default one that nobody else has. Others may share it. */
export function listener(port = 0): Listener {
  const made = testSocket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
  must(setsockopt(made.fd, SOL_SOCKET, SO_REUSEPORT, new Uint8Array([1, 0, 0, 0]), 4), "SO_REUSEPORT");
  const address = new Uint8Array(16);
  address.set([AF_INET, 0, port >> 8, port & 0xff, 127, 0, 0, 1]);
  must(bind(made.fd, address, 16), "bind");
  must(listen(made.fd, 64), "listen");
  must(getsockname(made.fd, address, new Uint8Array([16, 0, 0, 0])), "getsockname");
  return Object.assign(made, {
    port: new DataView(address.buffer).getUint16(2),
    accept() {
      let count = 0;
      for (let fd = accept(made.fd, null, null); fd >= 0; fd = accept(made.fd, null, null), count++)
        close(fd);
      return count;
    },
  });
}

/** A UDP socket without an address. */
export const udpSocket = (): TestSocket => testSocket(AF_INET, SOCK_DGRAM);

/** An AF_XDP socket that is not bound, with a ring to receive, without which newer kernels take none into a map. */
export function xdpSocket(): TestSocket {
  const made = testSocket(AF_XDP, SOCK_RAW);
  must(setsockopt(made.fd, SOL_XDP, XDP_RX_RING, new Uint8Array([64, 0, 0, 0]), 4), "XDP_RX_RING");
  return made;
}
