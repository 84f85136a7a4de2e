/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_OUTPUT_OUT_H
#define V7S_OUTPUT_OUT_H

#include <stdio.h>

#include "check/check.h"
#include "doctor/diagnosis.h"
#include "model/model.h"

struct flush_report;
struct stream_cpu;
struct recorded;

/** struct traced - an event of the stream, and what belongs to it */
struct traced {
	const struct v7s_record *r;
	unsigned int cpu;
	uint64_t start;		/* of the watching, on the event's clock */
	const struct frame *frame;
	unsigned int frames;	/* 0: no stack */
};

/** struct out - a form of output; it does not know where figures come from */
struct out {
	/** @report: print it; nothing is kept but what the form itself needs */
	void (*report)(FILE *f, const struct report *r);
	/** @hist: its histograms; @width of the terminal */
	void (*hist)(FILE *f, const struct report *r, unsigned int width);
	/** @record: an event */
	void (*record)(FILE *f, const struct traced *t);
	/**
	 * @dropped: events of a CPU that had no room, before the next record;
	 * @overrun: in the kernel's trace buffer, so that nobody counted them
	 */
	void (*dropped)(FILE *f, unsigned int cpu, uint64_t n, bool overrun);
	/** @accounts: of a stream, @unshown of which was not printed */
	void (*accounts)(FILE *f, const struct report *r,
			 const struct stream_cpu *cpus, size_t n,
			 uint64_t unshown);
	/** @flush: what was flushed; @r: of what time */
	void (*flush)(FILE *f, const struct report *r,
		      const struct flush_report *flushes);
	/** @recorded: what became of a recording */
	void (*recorded)(FILE *f, const struct report *r,
			 const struct stream_cpu *cpus, size_t n,
			 const struct recorded *result);
	/** @diagnosis: what this kernel can show */
	void (*diagnosis)(FILE *f, const struct diagnosis *d);
	/** @check: a verdict */
	void (*check)(FILE *f, const struct check *c);
	/** @comparison: of two verdicts */
	void (*comparison)(FILE *f, const struct comparison *c);
};

extern const struct out out_text;
extern const struct out out_json;
extern const struct out out_tap;	/* of verdicts only */

/* Of the files out_<form>_<verb>.c. */
void text_hist(FILE *f, const struct report *r, unsigned int width);
void json_hist(FILE *f, const struct report *r, unsigned int width);
void text_record(FILE *f, const struct traced *t);
void text_dropped(FILE *f, unsigned int cpu, uint64_t n, bool overrun);
void json_record(FILE *f, const struct traced *t);
void json_dropped(FILE *f, unsigned int cpu, uint64_t n, bool overrun);
void text_accounts(FILE *f, const struct report *r,
		   const struct stream_cpu *cpus, size_t n, uint64_t unshown);
void json_accounts(FILE *f, const struct report *r,
		   const struct stream_cpu *cpus, size_t n, uint64_t unshown);
void text_flush(FILE *f, const struct report *r,
		const struct flush_report *flushes);
void json_flush(FILE *f, const struct report *r,
		const struct flush_report *flushes);
void text_recorded(FILE *f, const struct report *r,
		   const struct stream_cpu *cpus, size_t n,
		   const struct recorded *result);
void json_recorded(FILE *f, const struct report *r,
		   const struct stream_cpu *cpus, size_t n,
		   const struct recorded *result);
void text_diagnosis(FILE *f, const struct diagnosis *d);
void json_diagnosis(FILE *f, const struct diagnosis *d);
void text_check(FILE *f, const struct check *c);
void json_check(FILE *f, const struct check *c);
void text_comparison(FILE *f, const struct comparison *c);
void json_comparison(FILE *f, const struct comparison *c);

#endif
