// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The M4U's flushes, while other CPUs look at its registers: more of them than the
 * machine has, so that the host takes the CPU from one at each place in the code.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../sim/sim.h"

#define LATENCY_NS	5000
#define SECONDS		2
#define OTHERS		12
#define BANK		4
#define AT		(BOARD_REGS + BANK * 0x1000)
#define INVALIDATE	0x020
#define INV_SEL_GEN2	0x02c
#define CPE_DONE	0x12c

static uint8_t memory[1 << 16];
uint8_t *ram;
uint64_t latency_ns = LATENCY_NS;
static struct box_control counted;
struct box_control *control = &counted;
const struct format format_v7s_mtk;
static _Atomic bool over;

void tlb_invalidate(unsigned int context, uint64_t first, uint64_t last)
{
	(void)context;
	(void)first;
	(void)last;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void store(uint32_t offset, uint32_t value)
{
	set_reg(AT + offset, value);
	m4u.stored(AT + offset - BOARD_REGS);
}

static void *look(void *unused)
{
	while (!over)
		m4u.tick(now_ns());
	return unused;
}

/* As the driver does, under its lock. */
static uint64_t flush(void)
{
	uint64_t began = now_ns();

	store(INV_SEL_GEN2, 3);
	store(INVALIDATE, 1);
	do
		m4u.tick(now_ns());
	while (!reg(AT + CPE_DONE));
	began = now_ns() - began;
	store(CPE_DONE, 0);
	return began;
}

int main(void)
{
	uint64_t end = now_ns() + SECONDS * 1000000000ULL;
	unsigned long flushes = 0, shorter = 0;
	pthread_t other[OTHERS];

	ram = (uint8_t *)((uintptr_t)memory - (BOARD_REGS - BOARD_RAM));
	for (unsigned int i = 0; i < OTHERS; i++)
		if (pthread_create(&other[i], NULL, look, NULL))
			return 1;
	for (; now_ns() < end; flushes++)
		shorter += flush() < LATENCY_NS;
	over = true;
	for (unsigned int i = 0; i < OTHERS; i++)
		pthread_join(other[i], NULL);
	printf("# %lu flushes, %lu shorter than %d ns\n", flushes, shorter, LATENCY_NS);
	printf("%sok 1 - no flush ends before its time\n", shorter ? "not " : "");
	printf("%sok 2 - there were flushes\n1..2\n", flushes > 100 ? "" : "not ");
	return shorter || flushes <= 100;
}
