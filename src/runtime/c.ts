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

/**
 * The option structs, up to the last member we use. `sz` tells libbpf where the caller's struct ends, so it must be
 * the end of that member: OPTS_VALID (libbpf_internal.h) refuses a struct whose bytes beyond what it knows are not 0,
 * and koffi does not clear padding.
 */
export const structs = {
  bpf_object_open_opts: {
    sz: "size_t",
    object_name: "const char *",
    relaxed_maps: "bool",
    pin_root_path: "const char *?",
    removed_attach_prog_fd: "__u32",
    kconfig: "const char *?",
    btf_custom_path: "const char *?",
  },
  bpf_uprobe_opts: {
    sz: "size_t",
    ref_ctr_offset: "size_t",
    bpf_cookie: "__u64",
    retprobe: "bool",
    func_name: "const char *?",
  },
  bpf_link_create_opts: { sz: "size_t", flags: "__u32" },
  bpf_map_create_opts: {
    sz: "size_t",
    btf_fd: "__u32",
    btf_key_type_id: "__u32",
    btf_value_type_id: "__u32",
    btf_vmlinux_value_type_id: "__u32",
    inner_map_fd: "__u32",
    map_flags: "__u32",
  },
} as const;

export type StructName = keyof typeof structs;

export const libbpfFunctions = {
  libbpf_major_version: ["__u32"],
  libbpf_minor_version: ["__u32"],
  libbpf_num_possible_cpus: ["int"],
  libbpf_set_print: ["void *?", "void *?"],

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
  bpf_map__set_pin_path: ["int", "struct bpf_map *", "const char *?"],
  bpf_map__pin: ["int", "struct bpf_map *", "const char *?"],
  bpf_map__unpin: ["int", "struct bpf_map *", "const char *?"],
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
  bpf_obj_pin: ["int", "int", "const char *"],

  /** Map, pages, two callbacks, their context, and `struct perf_buffer_opts *`. */
  perf_buffer__new: ["struct perf_buffer *?", "int", "size_t", "void *?", "void *?", "void *?", "void *?"],
  perf_buffer__epoll_fd: ["int", "struct perf_buffer *"],
  perf_buffer__buffer_cnt: ["size_t", "struct perf_buffer *"],
  /** The last two: `void **` and `size_t *`. */
  perf_buffer__buffer: ["int", "struct perf_buffer *", "int", "void *", "void *"],
  perf_buffer__free: ["void", "struct perf_buffer *"],

  bpf_map_create: ["int", "int", "const char *?", "__u32", "__u32", "__u32", "struct bpf_map_create_opts *"],
  bpf_map_lookup_and_delete_elem: ["int", "int", "void *?", "void *"],
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
  bpf_btf_get_fd_by_id: ["int", "__u32"],
  bpf_obj_get: ["int", "const char *"],
  /** The last two: `struct bpf_map_info *` and `__u32 *`. */
  bpf_obj_get_info_by_fd: ["int", "int", "void *", "void *"],
} as const;

export const libcFunctions = {
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
  epoll_create1: ["int", "int"],
  epoll_ctl: ["int", "int", "int", "int", "void *"],
  close: ["int", "int"],
  if_nametoindex: ["__u32", "const char *"],
  if_indextoname: ["const char *?", "__u32", "void *"],
  /** `pidfd_open(pid, flags)`, which older C libraries have no function for. */
  syscall: ["long", "long", "int", "__u32"],
} as const;
