/**
 * One `struct exec_event` as it came out of a ring buffer on x86-64, for machines that cannot load the program:
 * `uname` was executed as pid 8724. The zeros that fill up `filename` are left out of the text.
 */
export const recordedEvent: Uint8Array = Uint8Array.from(
  Buffer.from(
    "14220000000000006f9005135c010000756e616d6500000000000000000000002f7573722f62696e2f756e616d650000".padEnd(
      320,
      "0",
    ),
    "hex",
  ),
);
