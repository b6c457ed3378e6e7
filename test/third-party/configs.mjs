// What the tools' own user space sets before it loads them on Linux 6.12: programs that are for older kernels are left out,
// and maps get the sizes of the tools' options.

/** Programs that are not loaded. */
const without = (...names) => Object.fromEntries(names.map((name) => [name, { autoload: false }]));

/** Programs that are verified for another function than that of their section. */
const targets = (functions) =>
  Object.fromEntries(Object.entries(functions).map(([name, attachTarget]) => [name, { attachTarget }]));

const STACKS = { valueSize: 127 * 8, maxEntries: 1024 };

/** The operations of a file system: functions that are in every kernel. */
const FILES = targets({
  file_read_fentry: "generic_file_read_iter",
  file_read_fexit: "generic_file_read_iter",
  file_write_fentry: "generic_file_write_iter",
  file_write_fexit: "generic_file_write_iter",
  file_open_fentry: "generic_file_open",
  file_open_fexit: "generic_file_open",
  file_sync_fentry: "noop_fsync",
  file_sync_fexit: "noop_fsync",
});

/** Of maps and programs, which a skeleton and an object that is opened by name take alike. */
export const configs = {
  biosnoop: { programs: without("blk_account_io_start") },
  biostacks: { programs: without("blk_account_io_start", "blk_account_io_done") },
  cachestat: {
    programs: without(
      "fentry_add_to_page_cache_lru",
      "fentry_mark_page_accessed",
      "fentry_account_page_dirtied",
      "fentry_mark_buffer_dirty",
    ),
  },
  capable: { maps: { stackmap: STACKS } },
  cpudist: { maps: { start: { maxEntries: 32768 }, hists: { maxEntries: 32768 } } },
  fsdist: {
    programs: { ...FILES, ...targets({ getattr_fentry: "simple_getattr", getattr_fexit: "simple_getattr" }) },
  },
  fsslower: { programs: FILES },
  funclatency: { programs: targets({ dummy_fentry: "vfs_read", dummy_fexit: "vfs_read" }) },
  futexctn: { maps: { stackmap: STACKS } },
  mdflush: { programs: without("md_flush_request") },
  memleak: { maps: { stack_traces: STACKS } },
  numamove: { programs: without("fentry_migrate_misplaced_page", "fexit_migrate_misplaced_page_exit") },
  offcputime: { maps: { stackmap: STACKS } },
  profile: { maps: { stackmap: STACKS } },
  readahead: {
    programs: {
      ...targets({ do_page_cache_ra: "page_cache_ra_order", do_page_cache_ra_ret: "page_cache_ra_order" }),
      ...without("page_cache_alloc_ret", "filemap_alloc_folio_ret", "mark_page_accessed"),
    },
  },
  tcppktlat: { programs: without("tcp_probe", "tcp_rcv_space_adjust", "tcp_destroy_sock") },
  wakeuptime: { maps: { stackmap: STACKS } },
};
