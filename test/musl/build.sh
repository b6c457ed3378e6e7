#!/usr/bin/env bash
# Builds libstdc++, zlib, libelf and libbpf for musl into /musl/lib. Runs in a root with Debian's gcc-14 and musl-tools, with
# the sources in /src/gcc, /src/zlib, /src/elfutils and /src/libbpf, and libgcc_s.so.1 in /musl/lib.
set -euo pipefail
export PATH=/usr/bin:/bin LC_ALL=C
for name in gcc g++ cpp; do ln -sf "$name-14" "/usr/bin/$name"; done
ln -sf gawk /usr/bin/awk
ln -sf bash /usr/bin/sh

specs=/usr/lib/x86_64-linux-musl/musl-gcc.specs
cc="gcc-14 -specs=$specs"
# The specs say nothing about headers to C++.
headers="-nostdinc -isystem /usr/include/x86_64-linux-musl -isystem $(gcc-14 -print-file-name=include)"
cxx="g++-14 -specs=$specs $headers -nostdinc++"
# Their versions are old ones, which musl takes for hidden: the library itself would not find them.
patchelf --clear-symbol-version __cpu_model --clear-symbol-version __cpu_indicator_init /musl/lib/libgcc_s.so.1
# The unwinder in it is for glibc; libgcc_s.so.1 has one that takes what musl has.
eh=$(gcc-14 -print-file-name=libgcc_eh.a)
rm "$eh"
printf '!<arch>\n' >"$eh"

libstdcxx() {
  # What the build of gcc would have made.
  mkdir -p /src/libgcc /src/build
  cp /src/gcc/libgcc/gthr-posix.h /src/libgcc/gthr-default.h
  cd /src/build
  CC=$cc CXX=$cxx CPP="$cc -E" CXXCPP="$cxx -E" CFLAGS="-O1 -fPIC" CXXFLAGS="-O1 -fPIC" \
    ../gcc/libstdc++-v3/configure --build=x86_64-linux-musl --host=x86_64-linux-musl --disable-multilib \
    --disable-nls --disable-libstdcxx-pch --disable-static --disable-libstdcxx-backtrace
  for part in include libsupc++ src; do make -j"$(nproc)" -C "$part"; done
  cp src/.libs/libstdc++.so.6 /musl/lib/
}

shared() {
  local name=$1
  shift
  $cc -O1 -fPIC -w -D_GNU_SOURCE -shared -Wl,-soname,"$name" -o "/musl/lib/$name" "$@"
}

libelf() {
  mkdir -p /src/config
  cat >/src/config/config.h <<'C'
#define PACKAGE_NAME "elfutils"
#define SIZEOF_LONG 8
#define HAVE_ERR_H 1
#define HAVE_STDATOMIC_H 1
#define HAVE_DECL_POWEROF2 1
#define HAVE_DECL_MEMPCPY 1
#define HAVE_DECL_REALLOCARRAY 1
#define HAVE_DECL_RAWMEMCHR 0
#define SYMBOL_VERSIONING 1
#include <eu-config.h>
C
  shared libelf.so.1 -std=gnu11 -DHAVE_CONFIG_H -DPIC -I/src/config -Ilib -Ilibelf -I/src/zlib \
    -Wl,--version-script,libelf/libelf.map libelf/*.c lib/eu-search.c /musl/lib/libz.so.1
}

libbpf() {
  # The kernel's headers, without glibc's beside them.
  mkdir -p /src/kernel
  ln -s /usr/include/linux /usr/include/asm-generic /usr/include/x86_64-linux-gnu/asm /src/kernel/
  shared libbpf.so.1 -D_LARGEFILE64_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude -Iinclude/uapi -I/src/elfutils/libelf \
    -I/src/zlib -idirafter /src/kernel -Wl,--version-script,src/libbpf.map src/*.c /musl/lib/lib{elf,z}.so.1
}

(cd /src/zlib && shared libz.so.1 -DHAVE_UNISTD_H ./*.c)
(cd /src/elfutils && libelf)
(cd /src/libbpf && libbpf)
libstdcxx
