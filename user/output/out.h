/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_OUTPUT_OUT_H
#define V7S_OUTPUT_OUT_H

#include <stdio.h>

#include "check/check.h"
#include "doctor/diagnosis.h"
#include "model/model.h"

struct flush_report;
struct fault_judged;
struct fault_sums;
struct stream_cpu;
struct recorded;
struct observed;
struct explanation;

/** struct traced - an event of the stream, with its context */
struct traced {
	const struct v7s_record *r;
	unsigned int cpu;
	uint64_t start;		/* start of counting, on the event's clock */
	const struct frame *frame;
	unsigned int frames;	/* 0: no stack */
};

/** struct printer - an output in use; the form keeps its state here */
struct printer {
	FILE *f;
	unsigned int lines;	/* text: lines since the last header */
	void *state;		/* perfetto, trace.dat: until accounts() */
	bool failed;		/* the output is incomplete; error was printed */
};

/** struct out - a form of output; it does not know the source of the data */
struct out {
	/** @report: print a report */
	void (*report)(struct printer *p, const struct report *r);
	/** @hist: print the histograms of a report; @width is the terminal's */
	void (*hist)(FILE *f, const struct report *r, unsigned int width);
	/** @record: print an event */
	void (*record)(struct printer *p, const struct traced *t);
	/**
	 * @dropped: print the number of events that a CPU dropped before its
	 * next record; @overrun: the trace buffer lost them, uncounted
	 */
	void (*dropped)(struct printer *p, unsigned int cpu, uint64_t n,
			bool overrun);
	/**
	 * @accounts: print the end of a stream; @unshown events were not
	 * printed
	 */
	void (*accounts)(struct printer *p, const struct report *r,
			 const struct stream_cpu *cpus, size_t n,
			 uint64_t unshown);
	/** @flush: print the TLB flushes of the period of @r */
	void (*flush)(struct printer *p, const struct report *r,
		      const struct flush_report *flushes);
	/** @fault: print a fault; counting began at @start */
	void (*fault)(struct printer *p, uint64_t start,
		      const struct fault_judged *j);
	/** @fault_sums: print the end of a list of faults */
	void (*fault_sums)(struct printer *p, const struct report *r,
			   const struct fault_sums *s);
	/** @recorded: print the result of a recording */
	void (*recorded)(FILE *f, const struct report *r,
			 const struct stream_cpu *cpus, size_t n,
			 const struct recorded *result);
	/** @diagnosis: print facts, sources and known defects of the kernel */
	void (*diagnosis)(FILE *f, const struct diagnosis *d);
	/** @check: print a verdict */
	void (*check)(FILE *f, const struct check *c);
	/** @comparison: print how two verdicts differ */
	void (*comparison)(FILE *f, const struct comparison *c);
	/** @explain: print the findings of the rules */
	void (*explain)(FILE *f, const struct observed *o,
			const struct explanation *e);
};

extern const struct out out_text;
extern const struct out out_json;
extern const struct out out_tap;	/* verdicts only */
extern const struct out out_junit;	/* verdicts only */

/* Callbacks in the files <form>_<verb>.c. */
void text_hist(FILE *f, const struct report *r, unsigned int width);
void json_hist(FILE *f, const struct report *r, unsigned int width);
void text_record(struct printer *p, const struct traced *t);
void text_dropped(struct printer *p, unsigned int cpu, uint64_t n,
		  bool overrun);
void json_record(struct printer *p, const struct traced *t);
void json_dropped(struct printer *p, unsigned int cpu, uint64_t n,
		  bool overrun);
void text_accounts(struct printer *p, const struct report *r,
		   const struct stream_cpu *cpus, size_t n, uint64_t unshown);
void json_accounts(struct printer *p, const struct report *r,
		   const struct stream_cpu *cpus, size_t n, uint64_t unshown);
void text_flush(struct printer *p, const struct report *r,
		const struct flush_report *flushes);
void json_flush(struct printer *p, const struct report *r,
		const struct flush_report *flushes);
void text_fault(struct printer *p, uint64_t start,
		const struct fault_judged *j);
void json_fault(struct printer *p, uint64_t start,
		const struct fault_judged *j);
void text_fault_sums(struct printer *p, const struct report *r,
		     const struct fault_sums *s);
void json_fault_sums(struct printer *p, const struct report *r,
		     const struct fault_sums *s);
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
void text_explain(FILE *f, const struct observed *o,
		  const struct explanation *e);
void json_explain(FILE *f, const struct observed *o,
		  const struct explanation *e);

#endif
