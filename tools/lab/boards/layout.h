/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a board's hardware is in the guest's physical addresses: known to the
 * device trees, which are preprocessed for it, and to iommu-sim.
 *
 * All of it is memory, cut out of the end of the guest's: that is what a
 * register block is to a driver as long as somebody plays it.
 */
#define BOARD_RAM	0x40000000
#define BOARD_RAM_SIZE	0x40000000
#define BOARD_HOLE	0x7f000000
#define BOARD_HOLE_SIZE	0x00200000
#define BOARD_REGS	0x7f000000
#define BOARD_SYSCON	0x7f010000
#define BOARD_BOX	0x7f100000
#define BOARD_BOX_SIZE	0x00100000

/* Shared peripheral interrupts that QEMU's virt has no device on */
#define BOARD_SPI	72
