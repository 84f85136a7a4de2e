// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Renesas' IPMMU of the second generation of R-Car. The driver uses the alias for
 * the non-secure world. Micro-TLBs connect devices to contexts; they have no cache
 * of their own here, only that of their context.
 *
 * An invalidation concerns a whole context. FLUSH in IMCTR falls when it is done.
 */
#include "sim.h"

#define NON_SECURE	0x800
#define CONTEXTS	8
#define CONTEXT_SIZE	0x40
#define UTLBS		32

#define IMCTR		0x00
#define  INTEN		0x4
#define  FLUSH		0x2
#define  MMUEN		0x1
#define IMTTBCR		0x08
#define  EAE		(1U << 31)
#define  SL0_LEVEL1	(1 << 4)
#define IMTTLBR0	0x10
#define IMTTUBR0	0x14
#define IMSTR		0x20
#define  TF		0x1
#define IMELAR		0x30
#define IMEUAR		0x34
#define IMUCTR		0x300
#define IMUCTR_STEP	0x10

static _Atomic uint64_t due[CONTEXTS];

static uint64_t context_at(unsigned int nr) { return BOARD_REGS + NON_SECURE + nr * CONTEXT_SIZE; }
static uint64_t utlb_at(unsigned int nr) { return BOARD_REGS + NON_SECURE + IMUCTR + nr * IMUCTR_STEP; }
static unsigned int context_of(uint32_t imuctr) { return imuctr >> 4 & (CONTEXTS - 1); }

/*
 * Without latency, a flush is done at once. The store to the register counts it, not
 * this function: tick() may begin a flush before the CPU that stored it does.
 */
static void begin(unsigned int nr)
{
	tlb_invalidate(nr, 0, ~0ULL);
	if (latency_ns)
		due[nr] = now_ns() + latency_ns;
	else
		clear_bits(context_at(nr) + IMCTR, FLUSH);
}

/*
 * The driver takes no lock. A CPU that polls for its own flush may see FLUSH set by
 * another CPU, whose store the emulator has executed but not yet reported to
 * stored(). Hardware would flush by then, so tick() begins that flush.
 */
static void tick(uint64_t now)
{
	for (unsigned int nr = 0; nr < CONTEXTS; nr++) {
		uint64_t end = due[nr];

		if (!(reg(context_at(nr) + IMCTR) & FLUSH))
			continue;
		if (!end) {
			begin(nr);
		} else if (now >= end) {
			due[nr] = 0;
			clear_bits(context_at(nr) + IMCTR, FLUSH);
		}
	}
}

static void stored(uint32_t offset)
{
	uint32_t at = offset - NON_SECURE;

	if (offset < NON_SECURE)
		return;
	if (at < CONTEXTS * CONTEXT_SIZE) {
		/* The value stored is not known, and the register may have changed since. */
		if (at % CONTEXT_SIZE == IMCTR) {
			COUNT(flushes_all, 1);
			begin(at / CONTEXT_SIZE);
		}
		return;
	}
	at -= IMUCTR;
	if (at < UTLBS * IMUCTR_STEP && at % IMUCTR_STEP == 0 && reg(utlb_at(at / IMUCTR_STEP)) & FLUSH) {
		clear_bits(utlb_at(at / IMUCTR_STEP), FLUSH);
		COUNT(flushes_all, 1);
		begin(context_of(reg(utlb_at(at / IMUCTR_STEP))));
	}
}

static bool context(unsigned int stream, struct context *context)
{
	uint32_t imuctr = stream < UTLBS ? reg(utlb_at(stream)) : 0;
	uint64_t at = context_at(context_of(imuctr));

	context->format = &format_lpae32;
	context->nr = context_of(imuctr);
	context->base = ((uint64_t)(reg(at + IMTTUBR0) & 0xff) << 32 | reg(at + IMTTLBR0)) & ~0x1fULL;
	return imuctr & MMUEN && reg(at + IMCTR) & MMUEN &&
	       (reg(at + IMTTBCR) & (EAE | SL0_LEVEL1)) == (EAE | SL0_LEVEL1);
}

static int fault(unsigned int stream, uint64_t iova, bool write)
{
	uint64_t at = context_at(context_of(reg(utlb_at(stream % UTLBS))));

	(void)write;	/* the registers do not report it */
	if (reg(at + IMSTR) || !(reg(at + IMCTR) & INTEN))
		return -1;
	set_reg(at + IMELAR, iova);
	set_reg(at + IMEUAR, iova >> 32);
	set_reg(at + IMSTR, TF);
	return BOARD_SPI;
}

static bool faulted(unsigned int stream)
{
	return reg(context_at(context_of(reg(utlb_at(stream % UTLBS)))) + IMSTR);
}

const struct iommu ipmmu = {
	.board = "rcar-gen2",
	.size = 0x1000,
	.stored = stored,
	.tick = tick,
	.sees_others = true,
	.context = context,
	.fault = fault,
	.faulted = faulted,
};
