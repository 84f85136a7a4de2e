/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Physical addresses of a board's hardware in the guest, for the device trees, which
 * are preprocessed with this file, and for iommu-sim.
 *
 * All of it lies in a hole at the end of the guest's memory, and is memory itself:
 * iommu-sim gives it the behaviour of registers.
 */
#define BOARD_RAM	0x40000000
#define BOARD_RAM_SIZE	0x40000000
#define BOARD_HOLE	0x7f000000
#define BOARD_HOLE_SIZE	0x00200000
#define BOARD_REGS	0x7f000000
#define BOARD_SYSCON	0x7f010000
#define BOARD_BOX	0x7f100000
#define BOARD_BOX_SIZE	0x00100000

/* Shared peripheral interrupts, from here on not used by QEMU's virt machine */
#define BOARD_SPI	72
