// Prints every program that this process executes, as the kernel saw it: exec.bpf.c reports it, exec.skel.ts types it.
// Run it with `npm run demo`.
import { TinyBpfError } from "tinybpf";
import { type Exec, ExecEvent } from "./exec.skel.ts";
import { attachExec, watch } from "./live.ts";
import { recordedEvent } from "./recorded.ts";
import { printEvent, printHead, sinceBoot } from "./table.ts";

const needs = `\
They take Linux 5.8 or newer with BTF (/sys/kernel/btf/vmlinux), libbpf 1.0 or newer (Debian: apt-get install
libbpf1), tracefs at /sys/kernel/tracing, and root: sudo npm run demo`;

/** Shows what needs no kernel, and what is missing for the rest. */
function withoutKernel(error: TinyBpfError): number {
  console.log("The skeleton was generated and type-checked. It also decodes a recorded event:\n");
  printHead();
  const event = ExecEvent.decode(recordedEvent);
  printEvent(event, sinceBoot(event.ts));
  console.log(`\nNo live events here: ${error.message}\n`);
  console.log(needs);
  return process.env["TINYBPF_REQUIRE"] === "1" ? 1 : 0;
}

async function main(): Promise<number> {
  let exec: Exec;
  try {
    exec = attachExec();
  } catch (error) {
    if (error instanceof TinyBpfError) return withoutKernel(error);
    throw error;
  }
  return watch(exec);
}

process.exitCode = await main();
