/**
 * The C that the runtime calls: functions of libbpf and libc, and their option structs, as data. The TypeScript types
 * of native.ts are derived from it, so that a declaration stands once.
 */

declare const brand: unique symbol;

/** A pointer into C: something to hand back to the functions here, and nothing else. */
export interface Pointer<C extends string> {
  readonly [brand]: C;
}

export type Address = Pointer<"void">;
export type BpfObjectPointer = Pointer<"struct bpf_object">;
export type BpfMapPointer = Pointer<"struct bpf_map">;
export type BpfProgramPointer = Pointer<"struct bpf_program">;
export type BpfLinkPointer = Pointer<"struct bpf_link">;
export type PerfBufferPointer = Pointer<"struct perf_buffer">;

/** C types of arguments and results, and what they are here. A `?` marks a pointer that may be NULL. */
interface CTypes {
  void: void;
  int: number;
  long: number;
  bool: boolean;
  __u32: number;
  __u64: number | bigint;
  __s64: number | bigint;
  size_t: number;
  off_t: number;
  "const char *": string;
  "const char *?": string | null;
  /** Memory that C uses during the call only. */
  "const __u8[]": Uint8Array;
  "void *": Address;
  "void *?": Address | null;
  "struct bpf_object *": BpfObjectPointer;
  "struct bpf_object *?": BpfObjectPointer | null;
  "struct bpf_map *": BpfMapPointer;
  "struct bpf_map *?": BpfMapPointer | null;
  "struct bpf_program *": BpfProgramPointer;
  "struct bpf_program *?": BpfProgramPointer | null;
  "struct bpf_link *": BpfLinkPointer;
  "struct bpf_link *?": BpfLinkPointer | null;
  "struct perf_buffer *": PerfBufferPointer;
  "struct perf_buffer *?": PerfBufferPointer | null;
  "struct bpf_object_open_opts *": StructMembers<typeof structs.bpf_object_open_opts>;
  "struct bpf_uprobe_opts *": StructMembers<typeof structs.bpf_uprobe_opts>;
  "struct bpf_link_create_opts *": StructMembers<typeof structs.bpf_link_create_opts>;
  "struct bpf_map_create_opts *": StructMembers<typeof structs.bpf_map_create_opts>;
  "struct bpf_link_update_opts *": StructMembers<typeof structs.bpf_link_update_opts>;
  "struct bpf_kprobe_opts *": StructMembers<typeof structs.bpf_kprobe_opts>;
  "struct bpf_kprobe_multi_opts *": StructMembers<typeof structs.bpf_kprobe_multi_opts>;
  "struct bpf_ksyscall_opts *": StructMembers<typeof structs.bpf_ksyscall_opts>;
  "struct bpf_uprobe_multi_opts *": StructMembers<typeof structs.bpf_uprobe_multi_opts>;
  "struct bpf_usdt_opts *": StructMembers<typeof structs.bpf_usdt_opts>;
  "struct bpf_tracepoint_opts *": StructMembers<typeof structs.bpf_tracepoint_opts>;
  "struct bpf_raw_tracepoint_opts *": StructMembers<typeof structs.bpf_raw_tracepoint_opts>;
  "struct bpf_trace_opts *": StructMembers<typeof structs.bpf_trace_opts>;
  "struct bpf_perf_event_opts *": StructMembers<typeof structs.bpf_perf_event_opts>;
  "struct bpf_iter_attach_opts *": StructMembers<typeof structs.bpf_iter_attach_opts>;
  "struct bpf_netfilter_opts *": StructMembers<typeof structs.bpf_netfilter_opts>;
  "struct bpf_tc_hook *": StructMembers<typeof structs.bpf_tc_hook>;
}

export type CType = keyof CTypes;
export type Declaration = readonly [result: CType, ...parameters: CType[]];
type StructMembers<D extends Readonly<Record<string, CType>>> = { [K in keyof D]: CTypes[D[K]] };
type Arguments<P extends readonly CType[]> = { -readonly [I in keyof P]: CTypes[P[I]] };
export type Functions<D extends Readonly<Record<string, Declaration>>> = {
  readonly [K in keyof D]: D[K] extends readonly [infer R extends CType, ...infer P extends readonly CType[]]
    ? (...args: Arguments<P>) => CTypes[R]
    : never;
};

/** The option structs, up to the last member we use; in front of them all is `sz`, which option-struct.ts writes. */
export const structs = {
  bpf_object_open_opts: {
    object_name: "const char *",
    relaxed_maps: "bool",
    pin_root_path: "const char *?",
    removed_attach_prog_fd: "__u32",
    kconfig: "const char *?",
    btf_custom_path: "const char *?",
  },
  bpf_uprobe_opts: {
    ref_ctr_offset: "size_t",
    bpf_cookie: "__u64",
    retprobe: "bool",
    func_name: "const char *?",
  },
  bpf_map_create_opts: {
    btf_fd: "__u32",
    btf_key_type_id: "__u32",
    btf_value_type_id: "__u32",
    btf_vmlinux_value_type_id: "__u32",
    inner_map_fd: "__u32",
    map_flags: "__u32",
  },
  /** With the form that its union has for tcx, netkit and cgroups; `pad` because libbpf wants what it is at to be 0. */
  bpf_link_create_opts: {
    flags: "__u32",
    pad: "__u32",
    iter_info: "void *?",
    iter_info_len: "__u32",
    target_btf_id: "__u32",
    relative_fd: "__u32",
    relative_id: "__u32",
    expected_revision: "__u64",
  },
  bpf_link_update_opts: { flags: "__u32", old_prog_fd: "__u32" },
  bpf_kprobe_opts: { bpf_cookie: "__u64", offset: "size_t", retprobe: "bool" },
  bpf_kprobe_multi_opts: {
    syms: "void *?",
    addrs: "void *?",
    cookies: "void *?",
    cnt: "size_t",
    retprobe: "bool",
    session: "bool",
  },
  bpf_ksyscall_opts: { bpf_cookie: "__u64", retprobe: "bool" },
  bpf_uprobe_multi_opts: {
    syms: "void *?",
    offsets: "void *?",
    ref_ctr_offsets: "void *?",
    cookies: "void *?",
    cnt: "size_t",
    retprobe: "bool",
    session: "bool",
  },
  bpf_usdt_opts: { usdt_cookie: "__u64" },
  bpf_tracepoint_opts: { bpf_cookie: "__u64" },
  bpf_raw_tracepoint_opts: { cookie: "__u64" },
  bpf_trace_opts: { cookie: "__u64" },
  bpf_perf_event_opts: { bpf_cookie: "__u64" },
  bpf_iter_attach_opts: { link_info: "void *?", link_info_len: "__u32" },
  bpf_netfilter_opts: { pf: "__u32", hooknum: "__u32", priority: "int", flags: "__u32" },
  bpf_tc_hook: { ifindex: "int", attach_point: "int", parent: "__u32" },
} as const;

export type StructName = keyof typeof structs;

export const libbpfFunctions = {
  libbpf_major_version: ["__u32"],
  libbpf_minor_version: ["__u32"],
  libbpf_num_possible_cpus: ["int"],
  libbpf_set_print: ["void *?", "void *?"],
  libbpf_find_vmlinux_btf_id: ["int", "const char *", "int"],
  libbpf_probe_bpf_prog_type: ["int", "int", "void *?"],
  libbpf_probe_bpf_map_type: ["int", "int", "void *?"],
  libbpf_probe_bpf_helper: ["int", "int", "int", "void *?"],

  bpf_object__open_mem: ["struct bpf_object *?", "const __u8[]", "size_t", "struct bpf_object_open_opts *"],
  bpf_object__load: ["int", "struct bpf_object *"],
  bpf_object__close: ["void", "struct bpf_object *"],
  bpf_object__next_map: ["struct bpf_map *?", "struct bpf_object *", "struct bpf_map *?"],
  bpf_object__next_program: ["struct bpf_program *?", "struct bpf_object *", "struct bpf_program *?"],

  bpf_map__name: ["const char *", "struct bpf_map *"],
  bpf_map__fd: ["int", "struct bpf_map *"],
  bpf_map__type: ["int", "struct bpf_map *"],
  bpf_map__key_size: ["__u32", "struct bpf_map *"],
  bpf_map__set_key_size: ["int", "struct bpf_map *", "__u32"],
  bpf_map__value_size: ["__u32", "struct bpf_map *"],
  bpf_map__set_value_size: ["int", "struct bpf_map *", "__u32"],
  bpf_map__max_entries: ["__u32", "struct bpf_map *"],
  bpf_map__set_max_entries: ["int", "struct bpf_map *", "__u32"],
  bpf_map__map_flags: ["__u32", "struct bpf_map *"],
  bpf_map__set_map_flags: ["int", "struct bpf_map *", "__u32"],
  bpf_map__autocreate: ["bool", "struct bpf_map *"],
  bpf_map__set_autocreate: ["int", "struct bpf_map *", "bool"],
  bpf_map__is_internal: ["bool", "struct bpf_map *"],
  bpf_map__pin_path: ["const char *?", "struct bpf_map *"],
  bpf_map__reuse_fd: ["int", "struct bpf_map *", "int"],
  bpf_map__set_pin_path: ["int", "struct bpf_map *", "const char *?"],
  bpf_map__initial_value: ["void *?", "struct bpf_map *", "void *"],

  bpf_map_lookup_elem: ["int", "int", "void *?", "void *"],
  bpf_map_update_elem: ["int", "int", "void *?", "void *", "__u64"],
  bpf_map_delete_elem: ["int", "int", "void *"],
  bpf_map_get_next_key: ["int", "int", "void *?", "void *"],
  bpf_map_lookup_batch: ["int", "int", "void *?", "void *", "void *", "void *", "void *", "void *?"],

  bpf_program__name: ["const char *", "struct bpf_program *"],
  bpf_program__section_name: ["const char *", "struct bpf_program *"],
  bpf_program__fd: ["int", "struct bpf_program *"],
  bpf_program__type: ["int", "struct bpf_program *"],
  bpf_program__insn_cnt: ["size_t", "struct bpf_program *"],
  bpf_program__autoload: ["bool", "struct bpf_program *"],
  bpf_program__set_autoload: ["int", "struct bpf_program *", "bool"],
  bpf_program__autoattach: ["bool", "struct bpf_program *"],
  bpf_program__set_autoattach: ["void", "struct bpf_program *", "bool"],
  bpf_program__log_level: ["__u32", "struct bpf_program *"],
  bpf_program__set_log_level: ["int", "struct bpf_program *", "__u32"],
  bpf_program__pin: ["int", "struct bpf_program *", "const char *"],
  bpf_program__unpin: ["int", "struct bpf_program *", "const char *"],
  bpf_program__attach: ["struct bpf_link *?", "struct bpf_program *"],
  bpf_program__attach_tracepoint: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "const char *",
    "const char *",
  ],
  bpf_program__attach_raw_tracepoint: ["struct bpf_link *?", "struct bpf_program *", "const char *"],
  bpf_program__attach_uprobe_opts: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "int",
    "const char *",
    "size_t",
    "struct bpf_uprobe_opts *",
  ],
  bpf_program__attach_cgroup: ["struct bpf_link *?", "struct bpf_program *", "int"],
  /** The second: `struct bpf_test_run_opts *`; see test-run.ts. */
  bpf_prog_test_run_opts: ["int", "int", "void *"],

  bpf_link_create: ["int", "int", "int", "int", "struct bpf_link_create_opts *"],
  bpf_link__fd: ["int", "struct bpf_link *"],
  bpf_link__pin: ["int", "struct bpf_link *", "const char *"],
  bpf_link__unpin: ["int", "struct bpf_link *"],
  bpf_link__disconnect: ["void", "struct bpf_link *"],
  bpf_link__destroy: ["int", "struct bpf_link *"],
  bpf_link_detach: ["int", "int"],
  bpf_obj_pin: ["int", "int", "const char *"],

  /** Map, pages, two callbacks, their context, and `struct perf_buffer_opts *`. */
  perf_buffer__new: ["struct perf_buffer *?", "int", "size_t", "void *?", "void *?", "void *?", "void *?"],
  perf_buffer__epoll_fd: ["int", "struct perf_buffer *"],
  perf_buffer__buffer_cnt: ["size_t", "struct perf_buffer *"],
  /** The last two: `void **` and `size_t *`. */
  perf_buffer__buffer: ["int", "struct perf_buffer *", "int", "void *", "void *"],
  perf_buffer__free: ["void", "struct perf_buffer *"],

  bpf_map_create: ["int", "int", "const char *?", "__u32", "__u32", "__u32", "struct bpf_map_create_opts *"],
  bpf_map_lookup_elem_flags: ["int", "int", "void *?", "void *", "__u64"],
  bpf_map_lookup_and_delete_elem: ["int", "int", "void *?", "void *"],
  bpf_map_lookup_and_delete_elem_flags: ["int", "int", "void *?", "void *", "__u64"],
  bpf_map_lookup_and_delete_batch: [
    "int",
    "int",
    "void *?",
    "void *",
    "void *",
    "void *",
    "void *",
    "void *?",
  ],
  /** Keys, values, `__u32 *count`, and `struct bpf_map_batch_opts *`. */
  bpf_map_update_batch: ["int", "int", "void *", "void *", "void *", "void *?"],
  bpf_map_delete_batch: ["int", "int", "void *", "void *", "void *?"],
  bpf_map_freeze: ["int", "int"],
  bpf_map_get_fd_by_id: ["int", "__u32"],
  bpf_prog_get_fd_by_id: ["int", "__u32"],
  bpf_btf_get_fd_by_id: ["int", "__u32"],
  bpf_obj_get: ["int", "const char *"],
  /** The last two: `struct bpf_map_info *` and `__u32 *`. */
  bpf_obj_get_info_by_fd: ["int", "int", "void *", "void *"],
  bpf_program__expected_attach_type: ["int", "struct bpf_program *"],
  bpf_program__set_attach_target: ["int", "struct bpf_program *", "int", "const char *?"],
  bpf_program__attach_kprobe_opts: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "const char *",
    "struct bpf_kprobe_opts *",
  ],
  bpf_program__attach_kprobe_multi_opts: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "const char *?",
    "struct bpf_kprobe_multi_opts *",
  ],
  bpf_program__attach_ksyscall: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "const char *",
    "struct bpf_ksyscall_opts *",
  ],
  /** libbpf 1.3 */
  bpf_program__attach_uprobe_multi: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "int",
    "const char *",
    "const char *?",
    "struct bpf_uprobe_multi_opts *",
  ],
  bpf_program__attach_usdt: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "int",
    "const char *",
    "const char *",
    "const char *",
    "struct bpf_usdt_opts *",
  ],
  bpf_program__attach_tracepoint_opts: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "const char *",
    "const char *",
    "struct bpf_tracepoint_opts *",
  ],
  /** libbpf 1.4 */
  bpf_program__attach_raw_tracepoint_opts: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "const char *",
    "struct bpf_raw_tracepoint_opts *",
  ],
  bpf_program__attach_trace_opts: ["struct bpf_link *?", "struct bpf_program *", "struct bpf_trace_opts *"],
  bpf_program__attach_freplace: ["struct bpf_link *?", "struct bpf_program *", "int", "const char *"],
  bpf_program__attach_netns: ["struct bpf_link *?", "struct bpf_program *", "int"],
  bpf_program__attach_perf_event_opts: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "int",
    "struct bpf_perf_event_opts *",
  ],
  bpf_program__attach_iter: ["struct bpf_link *?", "struct bpf_program *", "struct bpf_iter_attach_opts *"],
  /** libbpf 1.3 */
  bpf_program__attach_netfilter: [
    "struct bpf_link *?",
    "struct bpf_program *",
    "struct bpf_netfilter_opts *",
  ],
  bpf_map__attach_struct_ops: ["struct bpf_link *?", "struct bpf_map *"],
  bpf_iter_create: ["int", "int"],
  bpf_prog_attach: ["int", "int", "int", "int", "__u32"],
  bpf_prog_detach2: ["int", "int", "int", "int"],
  bpf_enable_stats: ["int", "int"],
  bpf_link__open: ["struct bpf_link *?", "const char *"],
  bpf_link_update: ["int", "int", "int", "struct bpf_link_update_opts *"],
  bpf_tc_hook_create: ["int", "struct bpf_tc_hook *"],
  bpf_tc_hook_destroy: ["int", "struct bpf_tc_hook *"],
  /** The second: `struct bpf_tc_opts *`, which is written to. */
  bpf_tc_attach: ["int", "struct bpf_tc_hook *", "void *"],
  bpf_tc_detach: ["int", "struct bpf_tc_hook *", "void *"],
} as const;

/** The version of libbpf that brought a function, where that is after 1.0 (libbpf.map). */
export const libbpfSince: Readonly<Record<string, string>> = {
  bpf_program__attach_uprobe_multi: "1.3",
  bpf_program__attach_netfilter: "1.3",
  bpf_program__attach_raw_tracepoint_opts: "1.4",
} satisfies Partial<Record<keyof typeof libbpfFunctions, string>>;

export const libcFunctions = {
  calloc: ["void *", "size_t", "size_t"],
  memcpy: ["void *", "void *", "void *", "size_t"],
  mmap: ["void *", "void *?", "size_t", "int", "int", "int", "off_t"],
  munmap: ["int", "void *", "size_t"],
  getpagesize: ["int"],
  vsnprintf: ["int", "void *?", "size_t", "void *", "void *"],
  memfd_create: ["int", "const char *", "__u32"],
  ftruncate: ["int", "int", "off_t"],
  pthread_mutexattr_init: ["int", "void *"],
  pthread_mutexattr_setrobust: ["int", "void *", "int"],
  pthread_mutex_init: ["int", "void *", "void *"],
  pthread_mutex_lock: ["int", "void *"],
  pthread_mutex_consistent: ["int", "void *"],
  pthread_mutex_unlock: ["int", "void *"],
  ftrylockfile: ["int", "void *"],
  funlockfile: ["void", "void *"],
  fcntl: ["int", "int", "int", "int"],
  dup3: ["int", "int", "int", "int"],
  epoll_create1: ["int", "int"],
  epoll_ctl: ["int", "int", "int", "int", "void *"],
  epoll_wait: ["int", "int", "void *", "int", "int"],
  close: ["int", "int"],
  if_nametoindex: ["__u32", "const char *"],
  if_indextoname: ["const char *?", "__u32", "void *"],
  setsockopt: ["int", "int", "int", "int", "void *?", "__u32"],
  socket: ["int", "int", "int", "int"],
  send: ["int", "int", "void *", "size_t", "int"],
  recv: ["int", "int", "void *", "size_t", "int"],
  /** `bpf` and `perf_event_open` have no function of their own, nor has `pidfd_open` in older C libraries. */
  syscall: ["off_t", "off_t", "__s64", "__s64", "__s64", "__s64", "__s64"],
} as const;
