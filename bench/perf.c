// The yardstick: the same events, consumed through libbpf from C. Prints nanoseconds per event, one run a line.
//   usage: perf <perf_events.bpf.o> <events> <runs> <pages>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct sample {
  unsigned int seq, cpu;
  char text[20];
};

// How many samples the program sends at a time.
#define MAX_SAMPLES 2048

static unsigned long long sum, seen;

static void on_sample(void *ctx, int cpu, void *data, unsigned int size) {
  const struct sample *sample = data;
  sum += sample->seq + sample->cpu;
  seen++;
}

static void on_lost(void *ctx, int cpu, unsigned long long count) { exit(2); }

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
  must(argc == 5, "usage");
  unsigned long long count = atoi(argv[2]);
  int runs = atoi(argv[3]);
  libbpf_set_print(silent);
  struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
  must(object != NULL, "open");
  // The object gives its maps value types, for tinybpf: the kernel wants descriptors.
  struct bpf_map *map;
  bpf_object__for_each_map(map, object) {
    if (bpf_map__type(map) != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
      continue;
    must(bpf_map__set_key_size(map, 4) == 0 && bpf_map__set_value_size(map, 4) == 0, "sizes");
  }
  must(bpf_object__load(object) == 0, "load");
  map = bpf_object__find_map_by_name(object, "samples");
  must(map != NULL, "map");
  int send = bpf_program__fd(bpf_object__find_program_by_name(object, "send_samples"));
  struct perf_buffer *buffers = perf_buffer__new(bpf_map__fd(map), atoi(argv[4]), on_sample, on_lost, NULL, NULL);
  must(buffers != NULL, "perf buffer");

  for (int run = 0; run < runs; run++) {
    for (unsigned long long sent = 0, some; sent < count; sent += some) {
      some = count - sent < MAX_SAMPLES ? count - sent : MAX_SAMPLES;
      LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &some, .ctx_size_in = sizeof(some),
                  .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = 0);
      must(bpf_prog_test_run_opts(send, &opts) == 0, "send");
    }
    seen = 0;
    double start = now();
    int result = perf_buffer__consume(buffers);
    double elapsed = now() - start;
    must(result == 0 && seen == count, "consume");
    printf("%.2f\n", elapsed / count);
  }
  perf_buffer__free(buffers);
  bpf_object__close(object);
  return sum == 0;
}
