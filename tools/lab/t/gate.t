#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The gate on recorded lines: reports, harmless lines, and allowed reports.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=../gate.sh
. "$test_dir/../gate.sh"
# shellcheck disable=SC2034 # gate writes there
scratch=$tmp

: >"$tmp/allowed"
while read -r line; do
	printf '[    0.000000] Booting Linux\r\n[    1.234567] %s\r\n[    1.300000] after\r\n' "$line" >"$tmp/log"
	gate "$tmp/log" "$tmp/allowed" >"$tmp/found"
	is $? 1 "a report: $line"
	has "$tmp/found" '^\[    0.000000\] Booting Linux$' 'with what came before it'
	has "$tmp/found" '^\[    1.300000\] after$' 'and after it'
done <<'EOF'
WARNING: CPU: 1 PID: 73 at drivers/iommu/io-pgtable-arm-v7s.c:442 __arm_v7s_map+0x2d8/0x31c
WARNING: possible circular locking dependency detected
WARNING: inconsistent lock state
WARNING: suspicious RCU usage
BUG: KASAN: use-after-free in arm_v7s_map_pages+0x1c/0x2c
BUG: KCSAN: data-race in __arm_v7s_unmap / arm_v7s_split_blk_unmap
BUG: sleeping function called from invalid context at include/linux/sched/mm.h:274
BUG: scheduling while atomic: insmod/70/0x00000002
BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 34s!
watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [v7s/0:81]
kernel BUG at drivers/iommu/io-pgtable-arm-v7s.c:700!
Internal error: Oops: 96000004 [#1] PREEMPT SMP
Oops: 0000 [#1] SMP
Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008
Unable to handle kernel paging request at virtual address dead000000000108
Unhandled fault: imprecise external abort (0x1c06) at 0x00000000
Kernel panic - not syncing: sysrq triggered crash
SError Interrupt on CPU0, code 0xbf000002 -- SError
Bad mode in Error handler detected on CPU0, code 0xbf000000 -- SError
rcu: INFO: rcu_preempt self-detected stall on CPU
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-... }
INFO: rcu_sched self-detected stall on CPU
INFO: rcu_tasks_trace detected stalls on tasks:
rcu: rcu_preempt kthread starved for 5252 jiffies! g-1199 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=1
INFO: task insmod:75 blocked for more than 120 seconds.
INFO: task insmod:75 blocked in I/O wait for more than 120 seconds.
INFO: task v7s/0:81 is blocked on a mutex likely owned by task v7s/1:82.
INFO: trying to register non-static key.
INFO: possible recursive locking detected
watchdog: Watchdog detected hard LOCKUP on cpu 1
UBSAN: shift-out-of-bounds in drivers/iommu/io-pgtable-arm-v7s.c:160:30
KASAN: null-ptr-deref in range [0x0000000000000000-0x0000000000000007]
BUG: KASAN: slab-out-of-bounds in __arm_v7s_map+0x2d8/0x31c
BUG: KCSAN: assert: race in arm_v7s_iova_to_phys+0x1c/0x2c
BUG: KFENCE: use-after-free read in planted_init+0x5c/0x1000
BUG kmalloc-64 (Tainted: G           O      ): Redzone overwritten
BUG io-pgtable_armv7s_l2 (Not tainted): Poison overwritten
BUG dma-kmalloc-1k (Tainted: G    B   W  O      ): Objects remaining in dma-kmalloc-1k on __kmem_cache_shutdown()
[ BUG: Invalid wait context ]
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
kmemleak: Freeing unknown object at 0xffffff8003e1c000
kmemleak: Partially freeing unknown object at 0xffffff8003e1c000 (size 64)
kmemleak: Unknown object at 0xffffff8003e1c000
kmemleak: Found object by alias at 0xffffff8003e1c000
kmemleak: Cannot insert 0xffffff8003e1c000 into the object search tree (overlaps existing)
kmemleak: Cannot allocate a kmemleak_object structure
kmemleak: Scan area larger than object 0xffffff8003e1c000
kmemleak: Memory pool empty, consider increasing CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE
kmemleak: Failed to create the scan thread
kmemleak: Kernel memory leak detector disabled
unreferenced object 0xffffff8003e1c000 (size 64):
DMA-API: dmaload 7f100000.dmaload: device driver tries to free DMA memory it has not allocated [device address=0x00000000fffff000] [size=4096 bytes]
DMA-API: NULL NULL: device driver maps memory from stack [addr=0000000012345678]
DMA-API: platform v7s-client.0: device driver has pending DMA allocations while released from device [count=1]
DMA-API: debugging out of memory - disabling
DMA-API: cacheline tracking ENOMEM, dma-debug disabled
mtk-iommu 7f000000.iommu: Partial TLB flush timed out, falling back to full flush
ipmmu-vmsa 7f000000.iommu: TLB sync timed out -- MMU may be deadlocked
arm-smmu 12c00000.iommu: TLB sync timed out -- SMMU may be deadlocked
arm-smmu-v3 9050000.smmuv3: CMD_SYNC timeout at 0x00000007 [hwprod 0x00000009, hwcons 0x00000007]
sun50i-iommu 30f0000.iommu: PTW cache invalidation timed out!
v7s/0: page allocation failure: order:0, mode:0x800(GFP_NOWAIT|__GFP_ZERO), nodemask=(null)
irq 60: nobody cared (try booting with the "irqpoll" option)
** 117 printk messages dropped **
EOF

# With PRINTK_CALLER a second bracket follows.
printf '[    1.234567][   T73] WARNING: CPU: 1 PID: 73 at a.c:1 b\n' >"$tmp/log"
gate "$tmp/log" "$tmp/allowed" >"$tmp/found"
is $? 1 'a report behind the caller: found'

while read -r line; do
	printf '[    1.234567] %s\r\n' "$line" >"$tmp/log"
	gate "$tmp/log" "$tmp/allowed" >"$tmp/found"
	is $? 0 "no report: $line"
done <<'EOF'
rcu: Preemptible hierarchical RCU implementation.
rcu: 	RCU debug extended QS entry/exit.
kunit: disabled
planted: loading out-of-tree module taints kernel.
arm-v7s io-pgtable: self test ok
Kernel command line: console=ttyAMA0 panic=-1 oops=panic
DEBUG: nothing is wrong
printk: bootconsole [pl11] enabled
DMA-API: preallocated 65536 debug entries
DMA-API: debugging enabled by kernel config
DMA-API: dma_debug_entry pool grown to 131072 (200%)
kmemleak: Kernel memory leak detector initialized (mem pool available: 15773)
kmemleak: Automatic memory scanning thread started
kasan: KernelAddressSanitizer initialized (generic)
kcsan: enabled early
Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
rcu: 	RCU lockdep checking is enabled.
mtk-iommu 7f000000.iommu: bound 5 banks
rcu: 	RCU CPU stall warnings timeout set to 60 (rcu_cpu_stall_timeout).
random: crng init done
Warning: unable to open an initial console.
EOF

: >"$tmp/log"
gate "$tmp/log" "$tmp/allowed" >"$tmp/found"
is $? 0 'an empty log: no report'

printf '[    1.0] WARNING: CPU: 0 PID: 7 at a.c:1 first+0x0/0x4\n[    2.0] WARNING: CPU: 0 PID: 8 at b.c:2 second+0x0/0x4\n' >"$tmp/log"
echo '^WARNING: .* first\+' >"$tmp/allowed"
gate "$tmp/log" "$tmp/allowed" >"$tmp/found"
is $? 1 'one of two reports allowed: the other is found'
has "$tmp/found" 'second' 'one of two reports allowed: the other is shown'
echo ' second\+' >>"$tmp/allowed"
gate "$tmp/log" "$tmp/allowed" >"$tmp/found"
is $? 0 'both allowed: no report'
is "$(cat "$tmp/found")" '' 'both allowed: nothing shown'
echo 'third' >"$tmp/allowed"
gate "$tmp/log" "$tmp/allowed" >"$tmp/found"
is $? 1 'another one allowed: found'
echo '1\.0' >"$tmp/allowed"
gate "$tmp/log" "$tmp/allowed" >"$tmp/found"
is $? 1 'the time stamp is no part of what is matched'


printf '[    1.0] mtk-iommu 7f000000.iommu: Partial TLB flush timed out, falling back to full flush\n' >"$tmp/log"
echo 'Partial TLB flush timed out' >"$tmp/allowed"
gate "$tmp/log" "$tmp/allowed" >"$tmp/found"
is $? 0 "a driver's timeout that is allowed: no report"

: >"$tmp/allowed"
i=0
while [ $i -lt 400 ]; do
	i=$((i + 1))
	echo "[    $i.0] WARNING: CPU: 0 PID: 7 at a.c:$i f+0x0/0x4"
	seq 40
done >"$tmp/log"
gate "$tmp/log" "$tmp/allowed" >"$tmp/found"
is "$(tail -n 1 "$tmp/found")" '... 400 such lines in all' 'many reports: the first ones, and how many'
is "$(($(wc -l <"$tmp/found") < 200))" 1 'many reports: not all of them'
done_testing
