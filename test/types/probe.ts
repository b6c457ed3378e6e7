/** Names that `probe` does not take. */
import { probe, type Support } from "tinybpf";

const answer: Support = probe({ program: "xdp", helper: "bpf_redirect" });
probe({ map: "ringbuf" });
probe({ attach: "trace_fentry" });
probe({ attach: "kprobe" });

// @ts-expect-error a section, and no type
probe({ program: "fentry" });
// @ts-expect-error no such map
probe({ map: "ringbuffer" });
// @ts-expect-error no such helper
probe({ program: "xdp", helper: "bpf_redirct" });
// @ts-expect-error a helper of which programs?
probe({ helper: "bpf_redirect" });
// @ts-expect-error one thing at a time
probe({ program: "xdp", map: "hash" });
// @ts-expect-error three answers, none of them a boolean
const yes: boolean = answer;
// @ts-expect-error no such way
probe({ attach: "fentry" });

export { yes };
