// The yardstick: the same events, consumed through libbpf from C. Prints nanoseconds per event, one run a line.
//   usage: ringbuf <syscall.bpf.o> <events> <runs>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct event {
  unsigned int pid, seq;
  unsigned long long ts;
  char comm[16];
};

struct emit_args {
  unsigned int count, emitted;
  unsigned long long flags;
};

static unsigned long long sum;

static int on_event(void *ctx, void *data, size_t size) {
  const struct event *event = data;
  sum += event->pid + event->seq + event->ts;
  return 0;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int silent(enum libbpf_print_level level, const char *format, va_list args) { return 0; }

static void must(int ok, const char *what) {
  if (!ok) {
    perror(what);
    exit(1);
  }
}

int main(int argc, char **argv) {
  must(argc == 4, "usage");
  int count = atoi(argv[2]), runs = atoi(argv[3]);
  libbpf_set_print(silent);
  struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
  must(object != NULL, "open");
  struct bpf_map *map = bpf_object__find_map_by_name(object, "events");
  must(map != NULL, "map");
  must(bpf_map__set_value_size(map, 0) == 0, "value size");
  must(bpf_map__set_max_entries(map, 64 * 1024 * 1024) == 0, "max_entries");
  must(bpf_object__load(object) == 0, "load");
  int emit = bpf_program__fd(bpf_object__find_program_by_name(object, "emit"));
  struct ring_buffer *ring = ring_buffer__new(bpf_map__fd(map), on_event, NULL, NULL);
  must(ring != NULL, "ring buffer");

  for (int run = 0; run < runs; run++) {
    struct emit_args args = {.count = count, .flags = BPF_RB_NO_WAKEUP};
    // The kernel writes the context of a syscall program back to where it came from.
    LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args));
    must(bpf_prog_test_run_opts(emit, &opts) == 0 && (int)args.emitted == count, "emit");
    double start = now();
    int consumed = ring_buffer__consume(ring);
    double elapsed = now() - start;
    must(consumed == count, "consume");
    printf("%.2f\n", elapsed / count);
  }
  ring_buffer__free(ring);
  bpf_object__close(object);
  return sum == 0;
}
