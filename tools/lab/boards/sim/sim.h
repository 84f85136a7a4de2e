/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu-sim: plays an IOMMU's hardware, and a device behind it, to an unmodified
 * driver in a guest.
 *
 *   plugin.c   what QEMU calls: sees the driver's loads and stores as they happen
 *   m4u.c      MediaTek's registers        ipmmu.c   Renesas' registers
 *   walk.c     page tables                 tlb.c     what is cached of them
 *   device.c   the device: serves the mailbox through the TLB
 *   report.c   what was counted and found  ram.c     the guest's memory
 *   inside.c   what QEMU has no interface for
 *   sim.c      what all of them share: the board, the clock, messages
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
/* The guest's memory at a physical address, or NULL where it has none */
void *ram_at(uint64_t phys, uint64_t len);

/* A register. One that is outside of the guest's memory is a mistake in here. */
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
	/* What an entry of that level says; of a leaf, the size of what it maps */
	enum entry (*decode)(uint64_t entry, unsigned int level, uint64_t *phys, uint64_t *size);
};

extern const struct format format_v7s_mtk, format_lpae32;

struct step {
	uint64_t at;		/* of the entry that leads on */
	uint64_t table;		/* where it leads */
};

struct walk {
	bool found;
	uint64_t iova, size, phys;	/* of the whole leaf */
	uint64_t at;			/* of the leaf's entry */
	struct step step[MAX_LEVELS];	/* for each level but the last */
};

/* From a level and its table on. */
void walk(const struct format *format, uint64_t table, unsigned int level, uint64_t iova,
	  struct walk *walk);

/* How many tables hang below this one */
unsigned int walk_tables(const struct format *format, uint64_t table, unsigned int level);

/* tlb.c */
struct context {
	const struct format *format;
	uint64_t base;
	unsigned int nr;
};

struct found {
	bool ok, cached;	/* cached: nothing was read from the tables */
	bool stale;		/* what is cached differs from the tables */
	uint64_t phys;
	uint64_t now;		/* by the tables, BOX_NOWHERE if they have nothing */
};

#define ALL_CONTEXTS (~0U)

/* The access that this is for lasts until tlb_done(). */
void tlb_translate(const struct context *context, uint64_t iova, struct found *found);
void tlb_done(void);
bool tlb_holds(const struct context *context, uint64_t iova, uint64_t *phys);
void tlb_invalidate(unsigned int context, uint64_t first, uint64_t last);
void tlb_skip(uint64_t invalidations);
void tlb_table_freed(uint64_t virt);

/* The register blocks. Offsets are from BOARD_REGS. */
struct iommu {
	const char *board;
	uint32_t size;
	/* The driver has stored to a register. */
	void (*stored)(uint32_t offset);
	/* Before the driver looks: what is due by now is done. */
	void (*tick)(uint64_t now);
	/* A CPU looks at what another one has stored. */
	bool sees_others;
	/* Where a stream's accesses are translated; false if they are not. */
	bool (*context)(unsigned int stream, struct context *context);
	/* Tell the driver; the number of its interrupt, or -1 if it has yet to serve one. */
	int (*fault)(unsigned int stream, uint64_t iova, bool write);
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

/* inside.c: each says whether it could */
bool inside_interrupt(unsigned int spi);
bool inside_first_argument(unsigned int vcpu, uint64_t *value);

/* sim.c */
extern const struct iommu *iommu;	/* of the board that is simulated */
extern uint64_t latency_ns;		/* until an invalidation is reported as done */
uint64_t now_ns(void);			/* CLOCK_MONOTONIC */
/* One line on the emulator's stderr. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
