// A program with one probe, tinybpf:tick, which it passes for every byte that it reads, and then echoes. It needs no
// C library, so that it can be made for another architecture than this machine's.
#if defined(__x86_64__)
#define READ 0
#define WRITE 1
#define EXIT 60
static long call(long number, long a, const void *b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
#define READ 63
#define WRITE 64
#define EXIT 93
static long call(long number, long a, const void *b, long c) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register const void *x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}
#endif

// What <sys/sdt.h> makes of DTRACE_PROBE(tinybpf, tick).
#define TICK() __asm__ volatile( \
  "990: nop\n" \
  ".pushsection .note.stapsdt,\"?\",\"note\"\n" \
  ".balign 4\n.4byte 992f-991f, 994f-993f, 3\n" \
  "991: .asciz \"stapsdt\"\n992: .balign 4\n" \
  "993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte 0\n" \
  ".asciz \"tinybpf\"\n.asciz \"tick\"\n.asciz \"\"\n" \
  "994: .balign 4\n.popsection\n" \
  ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n" \
  ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n_.stapsdt.base: .space 1\n" \
  ".size _.stapsdt.base, 1\n.popsection\n")

void _start(void) {
  char byte;
  while (call(READ, 0, &byte, 1) == 1) {
    TICK();
    call(WRITE, 1, &byte, 1);
  }
  call(EXIT, 0, 0, 0);
}
