// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * MediaTek's M4U of the MT8195's infrastructure: five banks of registers, two in
 * use, each with its own page table base and interrupt. A port belongs to a bank,
 * and is translated if its bit in PERICFG is set.
 *
 * A range is invalidated in the bank whose registers are written, everything through
 * bank 0. The hardware sets CPE_DONE when a range is done; the driver clears it.
 */
#include <pthread.h>

#include "sim.h"

#define BANK_SIZE	0x1000
#define BANKS		5

#define PT_BASE		0x000
#define INVALIDATE	0x020
#define  INV_RANGE	0x1
#define  INV_ALL	0x2
#define INV_START	0x024
#define INV_END		0x028
#define INV_SEL_GEN2	0x02c
#define INT_CONTROL0	0x120
#define  INT_CLEAR	(1 << 12)
#define INT_MAIN	0x124
#define  TRANSLATION	0x1
#define CPE_DONE	0x12c
#define FAULT_ST1	0x134
#define FAULT_VA	0x13c
#define  VA_WRITE	0x2
#define INVALID_PA	0x140
#define INT_ID		0x150

#define PERICFG_ENABLE	(BOARD_SYSCON + 0x714)

/*
 * ns, end of the invalidation of a range; 0: none in progress. Any CPU that looks at
 * a register may end it, and the host may preempt that CPU at any point. The lock
 * keeps that CPU from ending the next invalidation of the bank instead.
 */
static _Atomic uint64_t due[BANKS];
static pthread_mutex_t ending[BANKS] = { [0 ... BANKS - 1] = PTHREAD_MUTEX_INITIALIZER };

static uint64_t bank_at(unsigned int bank) { return BOARD_REGS + bank * BANK_SIZE; }

static void invalidate(unsigned int bank)
{
	uint32_t what = reg(bank_at(bank) + INVALIDATE);

	set_reg(bank_at(bank) + INVALIDATE, 0);
	/* No effect: neither of the bank's two units is selected. */
	if (!(reg(bank_at(bank) + INV_SEL_GEN2) & 3))
		return;
	if (what & INV_ALL) {
		COUNT(flushes_all, 1);
		tlb_invalidate(ALL_CONTEXTS, 0, ~0ULL);
	} else if (what & INV_RANGE) {
		COUNT(flushes_range, 1);
		tlb_invalidate(bank, reg(bank_at(bank) + INV_START) & ~0xfffU,
			       reg(bank_at(bank) + INV_END) | 0xfff);
		if (latency_ns)
			due[bank] = now_ns() + latency_ns;
		else
			set_reg(bank_at(bank) + CPE_DONE, 1);
	}
}

static void stored(uint32_t offset)
{
	unsigned int bank = offset / BANK_SIZE;
	uint64_t at = bank_at(bank);

	switch (offset % BANK_SIZE) {
	case INVALIDATE:
		invalidate(bank);
		break;
	case CPE_DONE:
		pthread_mutex_lock(&ending[bank]);
		due[bank] = 0;
		set_reg(at + CPE_DONE, 0);
		pthread_mutex_unlock(&ending[bank]);
		break;
	case INT_CONTROL0:
		if (reg(at + INT_CONTROL0) & INT_CLEAR) {
			set_reg(at + FAULT_ST1, 0);
			clear_bits(at + INT_CONTROL0, INT_CLEAR);
		}
		break;
	}
}

static bool is_due(unsigned int bank, uint64_t now)
{
	uint64_t end = due[bank];

	return end && now >= end;
}

/*
 * CPE_DONE rises before due is cleared: a CPU that finds due cleared sees the flush
 * done, and one that does not waits for whoever ends it.
 */
static void tick(uint64_t now)
{
	for (unsigned int bank = 0; bank < BANKS; bank++) {
		if (!is_due(bank, now))
			continue;
		pthread_mutex_lock(&ending[bank]);
		if (is_due(bank, now)) {
			set_reg(bank_at(bank) + CPE_DONE, 1);
			due[bank] = 0;
		}
		pthread_mutex_unlock(&ending[bank]);
	}
}

static unsigned int bank_of(unsigned int port) { return port >= 20 ? 4 : 0; }

static bool context(unsigned int port, struct context *context)
{
	uint32_t base = reg(bank_at(bank_of(port)) + PT_BASE);

	context->format = &format_v7s_mtk;
	context->base = base & 0xffffc000;
	context->nr = bank_of(port);
	return base && port < 32 && reg(PERICFG_ENABLE) >> port & 1;
}

static int fault(unsigned int port, uint64_t iova, bool write)
{
	unsigned int bank = bank_of(port);
	uint64_t at = bank_at(bank);

	if (reg(at + FAULT_ST1) || !(reg(at + INT_MAIN) & TRANSLATION))
		return -1;
	set_reg(at + FAULT_VA, (iova & 0xfffff000) | (write ? VA_WRITE : 0));
	set_reg(at + INVALID_PA, 0);
	set_reg(at + INT_ID, (port & 0x1f) << 2);
	set_reg(at + FAULT_ST1, TRANSLATION);
	return BOARD_SPI + bank;
}

static bool faulted(unsigned int port) { return reg(bank_at(bank_of(port)) + FAULT_ST1); }

const struct iommu m4u = {
	.board = "mt8195",
	.size = BANKS * BANK_SIZE,
	.stored = stored,
	.tick = tick,
	.context = context,
	.fault = fault,
	.faulted = faulted,
};
