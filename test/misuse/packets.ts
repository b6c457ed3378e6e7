/** Test runs of an XDP program on packets of odd sizes, and its links. */
import { BpfError, ClosedError, type Link, ValueError, type XdpProgram } from "tinybpf";
import { hostile } from "./hostile.ts";
import { attempt, expectSame, Finding, must, mustBeClosed } from "./outcome.ts";
import type { Actor, Owned, Step, World } from "./world.ts";

const XDP_PASS = 2;
/** Of an Ethernet header: the kernel takes no smaller packet. */
const SMALLEST = 14;
const PAGE = 4096;

export class PacketActor implements Actor {
  readonly title = "packets";
  readonly owner: Owned;
  readonly #program: XdpProgram;
  #links: Link[] = [];

  constructor(owner: Owned, program: XdpProgram) {
    this.owner = owner;
    this.#program = program;
  }

  resync(): void {
    // Nothing is kept that misuse could change.
  }

  step(world: World): Step {
    const size = world.random.below(world.random.oneIn(4) ? 5000 : 100);
    switch (world.random.below(5)) {
      case 0:
      case 1:
        return { text: `testRun of ${size} bytes`, run: () => this.#testRun(size) };
      case 2:
        return { text: "testRun(hostile)", run: () => this.#testRunHostile(world) };
      case 3:
        return { text: "attach to lo", run: () => this.#attach() };
      default:
        return { text: "use and close a link", run: () => this.#useLink(world) };
    }
  }

  #testRun(size: number): void {
    const data = Uint8Array.from({ length: size }, (_, i) => i);
    if (!this.owner.open) return mustBeClosed(() => this.#program.testRun({ data }));
    const { error, value } = attempt(() => this.#program.testRun({ data, repeat: 2 }));
    if (value !== undefined) {
      expectSame("verdict", value.retval, XDP_PASS);
      expectSame("data", value.data, data);
    } else if (!(error instanceof BpfError)) throw new Finding(`testRun: ${String(error)}`);
    else if (size >= SMALLEST && size < PAGE - 600)
      throw new Finding(`testRun of ${size} bytes: ${error.stack}`);
  }

  #testRunHostile(world: World): void {
    const data = new Uint8Array(64);
    const place = world.random.below(3);
    const options =
      place === 0
        ? hostile(world, { data })
        : { data, [["context", "cpu"][place - 1] ?? ""]: hostile(world, data) };
    const { error } = attempt(() => this.#program.testRun(options as { data: Uint8Array }));
    if (error === undefined && !this.owner.open) throw new Finding("testRun of a closed program ends well");
  }

  #attach(): void {
    if (!this.owner.open) return mustBeClosed(() => this.#program.attach("lo"));
    const { error, value } = attempt(() => this.#program.attach("lo", { mode: "skb" }));
    if (value !== undefined) {
      this.#links.push(value);
      expectSame("closed", value.closed, false);
      expectSame("type", must(() => value.info).type, "xdp");
    } else if (!(error instanceof BpfError && error.code === "EBUSY"))
      throw new Finding(`attach: ${String(error)}`);
  }

  #useLink(world: World): void {
    const link = world.pick(this.#links);
    if (link === undefined) return;
    if (!this.owner.open) expectSame("closed with its skeleton", link.closed, true);
    const isClosed = link.closed;
    const { error } = attempt(() => link.update(this.#program));
    if ((isClosed || !this.owner.open) && !(error instanceof ClosedError))
      throw new Finding(`update of a closed link: ${String(error)}`);
    attempt(() => link.update(hostile(world, this.#program) as { fd: number }));
    attempt(() => link.pin(hostile(world) as string));
    attempt(() => link.unpin());
    if (world.random.oneIn(2)) must(() => link.close());
    else if (link.pinPath === undefined) must(() => link.detach());
    const { error: bad } = attempt(() => link.fd);
    if (!(bad instanceof ClosedError) && !(bad instanceof ValueError))
      throw new Finding(`fd: ${String(bad)}`);
  }
}
