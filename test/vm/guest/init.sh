#!/bin/busybox sh
# The first process: mounts what every Linux has, loads modules, runs the tests, and turns the machine off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
/bin/busybox mkdir -p /proc /sys /dev /tmp /root /run /usr/lib/busybox
/bin/busybox --install -s /usr/lib/busybox
export PATH=$PATH:/usr/lib/busybox
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
mount -t tmpfs tmp /tmp
mount -t securityfs security /sys/kernel/security
ln -s /proc/self/fd /dev/fd
ip link set lo up
while read -r module; do insmod "/$module" || echo "cannot load $module"; done </modules.list
[ -e /etc/passwd ] || echo "root:x:0:0::/root:/bin/sh" >/etc/passwd
hostname tinybpf
cd /tinybpf
export TINYBPF_VM=1 TINYBPF_TICKER=/ticker TINYBPF_BUILT_RUNTIME=/tinybpf/node_modules/tinybpf/dist
set -a
. /settings
set +a
export NODE_COMPILE_CACHE=/tmp/compiled
node "${TINYBPF_GUEST:-run.mjs}"
poweroff -f
