// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The device behind the IOMMU: a bus master that runs in parallel to the CPUs'
 * maps and unmaps. It takes requests from the mailbox, translates their addresses,
 * reads and compares the memory there, and writes to it.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim.h"

static sem_t bell;

struct request {
	struct box_queue *box;
	struct context context;
	bool translated;
	unsigned int bad;
	int spi;	/* interrupt to raise, or -1 */
};

static void fault(struct request *request, uint64_t iova, uint64_t expected, bool write)
{
	COUNT(faults, 1);
	report(BOX_FAULT, request->box->stream, iova, expected, BOX_NOWHERE);
	request->bad++;
	request->spi = iommu->fault(request->box->stream, iova, write);
}

static bool same(const uint64_t *word, unsigned int words, uint64_t phys)
{
	uint64_t wanted = box_word(phys), differs = 0;

	for (unsigned int i = 0; i < words; i++, wanted += BOX_STEP)
		differs |= word[i] ^ wanted;
	return !differs;
}

/* The memory that an access reaches; NULL with the error reported if it is not @expected. */
static uint64_t *reach(struct request *request, uint64_t iova, uint64_t expected, unsigned int len,
		       bool write)
{
	unsigned int stream = request->box->stream;
	struct found found;
	uint64_t *word;

	tlb_translate(&request->context, iova, &found);
	if (found.stale) {
		COUNT(stale, 1);
		report(BOX_STALE, stream, iova, found.now, found.phys);
		request->bad++;
		return NULL;
	}
	if (!found.ok) {
		fault(request, iova, expected, write);
		return NULL;
	}
	word = ram_at(found.phys, len);
	if (found.phys != expected || !word) {
		COUNT(wrong, 1);
		report(BOX_WRONG, stream, iova, expected, found.phys);
		request->bad++;
		return NULL;
	}
	return word;
}

/* A read and a write, each with its own translation */
static void access_page(struct request *request, uint64_t iova, uint64_t expected, unsigned int len)
{
	uint64_t *word = reach(request, iova, expected, len, false);

	COUNT(pages, 1);
	if (!word)
		return;
	if (!same(word, len / 8, expected)) {
		COUNT(pattern, 1);
		report(BOX_PATTERN, request->box->stream, iova, expected, expected);
		request->bad++;
	}
	COUNT(bytes, len);
	tlb_done();
	word = reach(request, iova, expected, len, true);
	if (word)
		__atomic_store_n(word, box_answer(request->box->stamp, iova), __ATOMIC_RELEASE);
}

/*
 * An access after unmap and invalidation: the translation must be gone from the TLB
 * and the tables. The client guarantees that the address has no new owner yet.
 */
static void access_late(struct request *request, uint64_t iova, uint64_t expected, unsigned int len)
{
	uint64_t phys = BOX_NOWHERE;
	struct walk new;

	(void)len;
	(void)expected;
	if (!tlb_holds(&request->context, iova, &phys)) {
		walk(request->context.format, request->context.base, 0, iova, &new);
		if (new.found)
			phys = new.phys + (iova - new.iova);
	}
	if (phys == BOX_NOWHERE) {
		COUNT(late_refused, 1);
		return;
	}
	COUNT(late_stale, 1);
	report(BOX_LATE_STALE, request->box->stream, iova, BOX_NOWHERE, phys);
	request->bad++;
}

/*
 * A read by a device that was not stopped, after the unmap and before the invalidation.
 * It may reach the page that was mapped, or nothing. Another page is an error only if
 * the kernel promises to isolate a device that its driver does not stop, so this does
 * not count as a bad page.
 */
static void access_held(struct request *request, uint64_t iova, uint64_t expected, unsigned int len)
{
	struct found found;
	uint64_t *word;

	tlb_translate(&request->context, iova, &found);
	if (!found.ok) {
		COUNT(held_none, 1);
		return;
	}
	if (found.phys == expected) {
		COUNT(held_own, 1);
		return;
	}
	word = ram_at(found.phys, len);
	if (word && same(word, len / 8, found.phys))
		COUNT(held_foreign, 1);
	else
		COUNT(held_wild, 1);
	report(BOX_HELD_OTHER, request->box->stream, iova, expected, found.phys);
}

/*
 * The driver reports the fault before the client learns that its request is done. Otherwise
 * the client might unmap the address before the report.
 */
static void await_driver(unsigned int stream)
{
	uint64_t limit = now_ns() + 1000000000;

	while (iommu->faulted(stream) && now_ns() < limit)
		sched_yield();
}

static void each_page(struct request *request,
		      void (*access)(struct request *, uint64_t, uint64_t, unsigned int))
{
	unsigned int nsegs = request->box->nsegs;

	for (unsigned int i = 0; i < nsegs && i < BOX_SEGS; i++) {
		struct box_seg seg = request->box->seg[i];

		for (uint64_t at = 0, len; at < seg.len; at += len) {
			uint64_t expected = seg.phys == BOX_NOWHERE ? BOX_NOWHERE : seg.phys + at;

			len = BOX_PAGE - (seg.iova + at) % BOX_PAGE;
			if (len > seg.len - at)
				len = seg.len - at;
			request->spi = -1;
			if (request->translated)
				access(request, seg.iova + at, expected, len);
			else
				fault(request, seg.iova + at, expected, false);
			tlb_done();
			if (request->spi < 0 || !inside_interrupt(request->spi))
				continue;
			COUNT(interrupts, 1);
			await_driver(request->box->stream);
		}
	}
}

/*
 * The bus refuses a read where there is no memory, and the IOMMU reports a fault.
 * A wrong translation has the same effect as on hardware.
 */
static void access_bus(struct request *request, uint64_t iova, uint64_t expected, unsigned int len)
{
	struct found found;

	tlb_translate(&request->context, iova, &found);
	if (!found.ok || !ram_at(found.phys, len))
		fault(request, iova, expected, false);
}

/* Changes a leaf entry on request: the only write of iommu-sim to a page table. */
static void plant(struct request *request)
{
	static uint64_t saved;
	static void *entry;
	const size_t size = request->context.format->entry_size;
	struct walk leaf;

	if (request->box->op == BOX_REPAIR) {
		if (entry)
			memcpy(entry, &saved, size);
		return;
	}
	walk(request->context.format, request->context.base, 0, request->box->seg[0].iova, &leaf);
	if (!leaf.found) {
		request->bad++;
		return;
	}
	entry = ram_at(leaf.at, size);
	saved = 0;
	memcpy(&saved, entry, size);
	if (request->box->op == BOX_ERASE)
		memset(entry, 0, size);
	else if (size == 4)
		*(uint32_t *)entry ^= leaf.size;
	else
		*(uint64_t *)entry ^= leaf.size;
}

static void serve(struct box_queue *box, uint32_t posted)
{
	struct request request = { .box = box };

	request.translated = iommu->context(box->stream, &request.context);
	COUNT(requests, 1);
	switch (box->op) {
	case BOX_TRANSFER:
		each_page(&request, access_page);
		break;
	case BOX_LATE:
		each_page(&request, access_late);
		break;
	case BOX_HELD:
		each_page(&request, access_held);
		break;
	case BOX_AHEAD:
		tlb_ahead(box->arg);
		break;
	case BOX_BUS:
		each_page(&request, access_bus);
		break;
	case BOX_CORRUPT:
	case BOX_ERASE:
	case BOX_REPAIR:
		plant(&request);
		break;
	case BOX_TABLES:
		box->arg = request.translated ? walk_tables(request.context.format, request.context.base, 0) : 0;
		break;
	case BOX_SKIP:
		tlb_skip(box->arg);
		break;
	default:
		request.bad++;
	}
	box->bad = request.bad;
	__atomic_store_n(&box->done, posted, __ATOMIC_RELEASE);
}

/*
 * The doorbell wakes this thread. It also polls every 20 ms, for a guest whose CPU
 * has no doorbell instruction.
 */
static void *work(void *unused)
{
	for (;;) {
		struct timespec limit;
		bool idle = true;

		for (unsigned int i = 0; i < BOX_QUEUES; i++) {
			struct box_queue *box = ram_at(BOARD_BOX + (i + 1) * BOX_QUEUE_SIZE, sizeof(*box));
			uint32_t posted = __atomic_load_n(&box->posted, __ATOMIC_ACQUIRE);

			if (posted == box->done)
				continue;
			serve(box, posted);
			idle = false;
		}
		if (!idle)
			continue;
		clock_gettime(CLOCK_REALTIME, &limit);
		limit.tv_nsec += 20000000;
		if (limit.tv_nsec >= 1000000000) {
			limit.tv_nsec -= 1000000000;
			limit.tv_sec++;
		}
		sem_timedwait(&bell, &limit);
	}
	return unused;
}

void device_ring(void) { sem_post(&bell); }

void device_start(void)
{
	pthread_t thread;
	int err;

	sem_init(&bell, 0, 0);
	err = pthread_create(&thread, NULL, work, NULL);
	if (err) {
		say("cannot start the device's thread: %s", strerror(err));
		exit(1);
	}
	pthread_detach(thread);
}
