/** `SEC("sk_lookup")`, `SEC("flow_dissector")`: programs of a network namespace. */
import { EEXIST, EINVAL } from "../errno.ts";
import { missingFromKernel } from "../kernel-facts.ts";
import type { Link } from "../links/link.ts";
import { libbpf } from "../native.ts";
import { BaseProgram, type ProgramDescriptor } from "./base.ts";
import { withDescriptor } from "./descriptor.ts";
import type { AttachHint, ProgramHandle } from "./handle.ts";
import { testRun, type TestRunOptions, type TestRunResult } from "./test-run.ts";

/** The namespace of the calling thread. */
const OWN_NAMESPACE = "/proc/thread-self/ns/net";

function attachToNamespace(handle: ProgramHandle, namespace: string | number): Link {
  handle.assertOpen();
  return withDescriptor(
    namespace,
    "network namespace",
    false,
    () => undefined,
    (fd, title) => handle.attach(title, (program) => libbpf.bpf_program__attach_netns(program, fd)),
  );
}

/** A program that chooses the socket for a packet that comes in. Linux 5.9. */
export class SkLookupProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to a network namespace. Several are possible; they run in the order in which they came.
   *
   * @param namespace - its file, as in `/run/netns/blue` or `/proc/42/ns/net`, or a descriptor of it; by default this thread's
   * @throws {BpfError} when there is no such file, or it is no network namespace
   */
  attach(namespace: string | number = OWN_NAMESPACE): Link {
    return attachToNamespace(this.#handle, namespace);
  }

  /**
   * Runs the program on a made-up lookup.
   *
   * @param options - `context`: a `struct bpf_sk_lookup`
   * @returns in the first 8 bytes of `context` the cookie of the socket that the program chose; 0 when it chose none
   */
  testRun(
    options: Pick<TestRunOptions, "repeat"> & { readonly context: Uint8Array },
  ): Pick<TestRunResult, "retval" | "duration" | "context"> {
    const { retval, duration, context } = testRun(this.#handle, options);
    return { retval, duration, context };
  }
}

/** A program that takes packets apart for the kernel, to find their flow. Linux 4.20; its links 5.8. */
export class FlowDissectorProgram extends BaseProgram {
  readonly #handle: ProgramHandle;

  constructor(handle: ProgramHandle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * Attaches the program to a network namespace, which can have one, or to the first namespace, which stands for all.
   *
   * @param namespace - its file, as in `/run/netns/blue` or `/proc/42/ns/net`, or a descriptor of it; by default this thread's
   * @throws {BpfError} when there is no such file, or there is such a program already
   */
  attach(namespace: string | number = OWN_NAMESPACE): Link {
    return attachToNamespace(this.#handle, namespace);
  }

  /**
   * Runs the program on a packet.
   *
   * @param options - `data`: the packet, at least 14 bytes
   * @returns in `data` the `struct bpf_flow_keys` that the program filled
   */
  testRun(
    options: Pick<TestRunOptions, "repeat" | "context"> & { readonly data: Uint8Array },
  ): Pick<TestRunResult, "retval" | "duration" | "data"> {
    const { retval, duration, data } = testRun(this.#handle, options);
    return { retval, duration, data };
  }
}

const namespaceHint: AttachHint = (errno) => {
  if (errno === EEXIST) return "The namespace, or the first one for all, has such a program already";
  if (errno !== EINVAL) return undefined;
  return (
    missingFromKernel("A link to a network namespace", [], "5.8") ??
    "It must be a network namespace: see /run/netns"
  );
};

/** Describes an sk_lookup program. */
export const skLookup: ProgramDescriptor<SkLookupProgram> = {
  types: ["sk_lookup"],
  hint: namespaceHint,
  create: (handle) => new SkLookupProgram(handle),
};

/** Describes a flow_dissector program. */
export const flowDissector: ProgramDescriptor<FlowDissectorProgram> = {
  types: ["flow_dissector"],
  hint: namespaceHint,
  create: (handle) => new FlowDissectorProgram(handle),
};
