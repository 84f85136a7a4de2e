/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * iommu-sim simulates an IOMMU, and a device behind it, for an unmodified driver in
 * a guest.
 *
 *   plugin.c   QEMU's callbacks for the driver's loads and stores
 *   m4u.c      MediaTek's registers        ipmmu.c   Renesas' registers
 *   walk.c     page tables                 tlb.c     TLB and walk cache
 *   device.c   the device: serves the mailbox through the TLB
 *   report.c   counters and errors         ram.c     the guest's memory
 *   inside.c   QEMU's internal functions
 *   sim.c      shared by all: the board, the clock, messages
 */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "../layout.h"
#include "../mailbox.h"

/* ram.c */
extern uint64_t ram_size;
extern uint8_t *ram;
bool ram_find(void);
/* The guest's memory at a physical address, or NULL if there is none */
void *ram_at(uint64_t phys, uint64_t len);

/* Reads a register, which lies inside the guest's memory. */
static inline uint32_t reg(uint64_t at)
{
	return __atomic_load_n((uint32_t *)(ram + at - BOARD_RAM), __ATOMIC_ACQUIRE);
}

static inline void set_reg(uint64_t at, uint32_t value)
{
	__atomic_store_n((uint32_t *)(ram + at - BOARD_RAM), value, __ATOMIC_RELEASE);
}

static inline void clear_bits(uint64_t at, uint32_t bits)
{
	__atomic_fetch_and((uint32_t *)(ram + at - BOARD_RAM), ~bits, __ATOMIC_ACQ_REL);
}

/* walk.c */
enum entry { ENTRY_NONE, ENTRY_TABLE, ENTRY_LEAF };

#define MAX_LEVELS 3

struct format {
	unsigned int entry_size;
	unsigned int levels;
	struct {
		unsigned int shift, bits;
	} level[MAX_LEVELS];
	/* Decodes an entry of a level: its address, and for a leaf the size mapped */
	enum entry (*decode)(uint64_t entry, unsigned int level, uint64_t *phys, uint64_t *size);
};

extern const struct format format_v7s_mtk, format_lpae32;

struct step {
	uint64_t at;		/* address of the table entry */
	uint64_t table;		/* the next-level table */
};

struct walk {
	bool found;
	uint64_t iova, size, phys;	/* the whole leaf */
	uint64_t at;			/* address of the leaf entry */
	struct step step[MAX_LEVELS];	/* each level above the leaf */
};

/* Walks from @table, which is of @level, downwards. */
void walk(const struct format *format, uint64_t table, unsigned int level, uint64_t iova,
	  struct walk *walk);

/* Number of tables below this one */
unsigned int walk_tables(const struct format *format, uint64_t table, unsigned int level);

/* tlb.c */
struct context {
	const struct format *format;
	uint64_t base;
	unsigned int nr;
};

struct found {
	bool ok, cached;	/* cached: a TLB hit */
	bool stale;		/* the cached translation differs from the tables */
	uint64_t phys;
	uint64_t now;		/* by the tables; BOX_NOWHERE if unmapped */
};

#define ALL_CONTEXTS (~0U)

/* Translates for an access, which lasts until tlb_done(). */
void tlb_translate(const struct context *context, uint64_t iova, struct found *found);
void tlb_done(void);
bool tlb_holds(const struct context *context, uint64_t iova, uint64_t *phys);
void tlb_invalidate(unsigned int context, uint64_t first, uint64_t last);
void tlb_skip(uint64_t invalidations);
/* Walks also cache the next entry of the top level if it points to a table. */
void tlb_ahead(bool on);
void tlb_table_freed(uint64_t virt);

/* A register block. Offsets are from BOARD_REGS. */
struct iommu {
	const char *board;
	uint32_t size;
	/* Called after the driver stored to a register. */
	void (*stored)(uint32_t offset);
	/* Called before the driver loads a register: finishes invalidations that are due. */
	void (*tick)(uint64_t now);
	/* CPUs may poll a register that another CPU has written. */
	bool sees_others;
	/* The context of a stream; false if its accesses are not translated. */
	bool (*context)(unsigned int stream, struct context *context);
	/* Records a fault; returns the interrupt to raise, -1 if disabled or still pending. */
	int (*fault)(unsigned int stream, uint64_t iova, bool write);
	/* The driver has not yet dealt with the last fault of the stream. */
	bool (*faulted)(unsigned int stream);
};

extern const struct iommu m4u, ipmmu;

/* device.c */
void device_start(void);
void device_ring(void);

/* report.c */
extern struct box_control *control;
#define COUNT(what, n) __atomic_fetch_add(&control->counters.what, (n), __ATOMIC_RELAXED)
void report(enum box_kind kind, unsigned int stream, uint64_t iova, uint64_t expected, uint64_t found);
void report_write(const char *file, bool frees_seen);

/* inside.c: each returns false if this emulator lacks a function for it */
bool inside_interrupt(unsigned int spi);
bool inside_first_argument(unsigned int vcpu, uint64_t *value);

/* sim.c */
extern const struct iommu *iommu;	/* the board that is simulated */
extern uint64_t latency_ns;		/* delay until an invalidation is reported as done */
uint64_t now_ns(void);			/* CLOCK_MONOTONIC */
/* One line on the emulator's stderr. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
