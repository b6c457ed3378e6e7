/** Members of a map's values that belong to the kernel. */
import type { Btf } from "./btf.ts";
import type { TypeId } from "./types.ts";

/**
 * The kernel knows them by name (kernel/bpf/btf.c, btf_get_field_type). The syscall gives zeros for them and leaves them as
 * they are when a value is written (include/linux/bpf.h, bpf_obj_memcpy).
 */
const KERNEL_FIELDS: ReadonlySet<string> = new Set([
  "bpf_spin_lock",
  "bpf_res_spin_lock",
  "bpf_timer",
  "bpf_wq",
  "bpf_task_work",
  "bpf_list_head",
  "bpf_list_node",
  "bpf_rb_root",
  "bpf_rb_node",
  "bpf_refcount",
]);

/** The name of the kernel's type, such as `bpf_spin_lock`, when `id` is one or an array of them. */
export function kernelField(btf: Btf, id: TypeId): string | undefined {
  const type = btf.resolve(id);
  const element = type.kind === "ARRAY" ? btf.resolve(type.type) : type;
  return element.kind === "STRUCT" && KERNEL_FIELDS.has(element.name) ? element.name : undefined;
}
