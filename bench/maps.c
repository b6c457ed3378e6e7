// The yardstick: the same calls on a hash map of 16-byte values, from C through libbpf. Prints a line for each
// operation: its name and nanoseconds of CPU time per entry, which other processes disturb less than the clock.
//   usage: maps <entries> <calls>
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct value {
  unsigned long long execs, last_ts;
};

static unsigned long long sum;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static void must(int ok, const char *what) {
  if (!ok) {
    perror(what);
    exit(1);
  }
}

static void report(const char *name, double start, unsigned int count) {
  printf("%s\t%.2f\n", name, (now() - start) / count);
}

int main(int argc, char **argv) {
  must(argc == 3, "usage");
  unsigned int entries = atoi(argv[1]), calls = atoi(argv[2]);
  int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "bench", sizeof(unsigned int), sizeof(struct value), entries, NULL);
  must(fd >= 0, "map");
  unsigned int *keys = calloc(entries, sizeof(*keys));
  struct value *values = calloc(entries, sizeof(*values)), value = {1, 2};
  unsigned int key, next, count, cursor, walked;

  for (key = 0; key < entries; key++)
    must(bpf_map_update_elem(fd, &key, &value, BPF_ANY) == 0, "set");

  double start = now();
  for (unsigned int i = 0; i < calls; i++) {
    key = i % entries;
    must(bpf_map_lookup_elem(fd, &key, &value) == 0, "get");
    sum += value.execs + value.last_ts;
  }
  report("get", start, calls);

  start = now();
  for (unsigned int i = 0; i < calls; i++) {
    key = i % entries;
    sum += bpf_map_lookup_elem(fd, &key, &value) == 0;
  }
  report("has", start, calls);

  start = now();
  for (unsigned int i = 0; i < calls; i++) {
    key = i % entries;
    value.execs = i;
    must(bpf_map_update_elem(fd, &key, &value, BPF_ANY) == 0, "set");
  }
  report("set", start, calls);

  start = now();
  walked = 0;
  for (int more = bpf_map_get_next_key(fd, NULL, &next); more == 0; more = bpf_map_get_next_key(fd, &key, &next)) {
    key = next;
    must(bpf_map_lookup_elem(fd, &key, &value) == 0, "walk");
    sum += value.execs + value.last_ts;
    walked++;
  }
  must(walked == entries, "walk");
  report("iterate, key by key", start, entries);

  start = now();
  walked = 0;
  for (int result = 0; result == 0;) {
    count = 1024;
    result = bpf_map_lookup_batch(fd, walked ? &cursor : NULL, &cursor, keys, values, &count, NULL);
    for (unsigned int i = 0; i < count; i++)
      sum += keys[i] + values[i].execs + values[i].last_ts;
    walked += count;
  }
  must(walked == entries, "batch");
  report("iterate, in batches", start, entries);

  start = now();
  for (key = 0; key < entries; key++)
    must(bpf_map_delete_elem(fd, &key) == 0, "delete");
  report("delete", start, entries);

  for (key = 0; key < entries; key++)
    keys[key] = key;
  start = now();
  count = entries;
  must(bpf_map_update_batch(fd, keys, values, &count, NULL) == 0 && count == entries, "set batch");
  report("set, in batches", start, entries);

  start = now();
  count = entries;
  must(bpf_map_delete_batch(fd, keys, &count, NULL) == 0 && count == entries, "delete batch");
  report("delete, in batches", start, entries);
  return sum == 0;
}
