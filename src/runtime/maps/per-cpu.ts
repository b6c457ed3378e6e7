/** Values of which each CPU has its own. */
import { codec, type Codec } from "../codec/codec.ts";
import { setElements } from "../codec/elements.ts";
import { check } from "../log.ts";
import { libbpf } from "../native.ts";

let cpus: number | undefined;

/** How many CPUs the kernel keeps values for: all that could ever be plugged in, not only those that are. */
export function possibleCpus(): number {
  cpus ??= check("count the possible CPUs", () => libbpf.libbpf_num_possible_cpus());
  return cpus;
}

/** The values of all possible CPUs, as the syscall passes them: one after the other, each rounded up to 8 bytes. */
export function perCpu<V, VI>(value: Codec<V, VI>): Codec<V[], readonly VI[]> {
  const count = possibleCpus();
  const stride = Math.ceil(value.size / 8) * 8;
  return codec<V[], readonly VI[]>({
    name: `per-CPU ${value.name}`,
    size: count * stride,
    align: 8,
    type: { kind: "array", element: value, length: count },
    read: (view, at) => {
      const values: V[] = [];
      for (let cpu = 0; cpu < count; cpu++) values.push(value.read(view, at + cpu * stride));
      return values;
    },
    write: (view, at, values) =>
      setElements(view, at, count, stride, values, (target, place, one) => value.write(target, place, one)),
  });
}
