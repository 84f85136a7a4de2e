/* SPDX-License-Identifier: GPL-2.0 */
/* Verdicts, and what two of them differ in, as they are printed. */
#ifndef V7S_CHECK_H
#define V7S_CHECK_H

#include <sys/utsname.h>

#include "judge.h"

/** struct check - a verdict, and what it is about */
struct check {
	const struct evidence *e;
	const struct judged *judged;
	const char *ended;	/* by what: "time", "command" or "signal" */
	uint64_t lasts;		/* was to last, ns; 0: as long as CMD */
	uint64_t interval;	/* between readings, ns */
	const char *source;	/* that was asked for, or NULL */
	int64_t time;		/* when it ended, seconds since 1970, UTC */
	struct utsname uts;
	char build_id[65];	/* "": not known */
};

enum outcome { WORSE, BETTER, MORE, LESS, SMALL, SAME, UNSEEN, OUTCOMES };

extern const char *const comparison_outcome_names[OUTCOMES];	/* JSON */

enum { SIDES = 2, COMPARED_MAX = 16, CHANGED_MAX = 32 };

/** struct side - one of the two verdicts, as far as it is shown */
struct side {
	const char *file;
	const char *result;
	const char *host;	/* these may be NULL */
	const char *release, *version, *build_id, *source;
	double seconds;
};

/** struct compared - a figure that both have, or one of them */
struct compared {
	const char *name, *title;
	enum { SHARE, RATE, QUANTILE } kind;
	enum outcome outcome;
	bool visible[SIDES];
	/* The share or rate of each; of QUANTILE the percentile, in ns. */
	double value[SIDES];
	/* Of x of n: n is a count, or seconds; of QUANTILE those above @above. */
	double x[SIDES], n[SIDES];
	double above;		/* ns */
	bool same_bucket;	/* of QUANTILE: closer than one can see */
	/*
	 * What B is above A by, in all likelihood: a difference of shares; how
	 * many times the rate of A.
	 */
	double low, high;
};

/** struct changed - a judgement that came to something else */
struct changed {
	const char *name, *result[SIDES];	/* NULL: has none of that name */
	enum outcome outcome;		/* WORSE, BETTER, or SAME if neither */
};

/** struct comparison - what B differs from A in */
struct comparison {
	struct side side[SIDES];
	struct compared c[COMPARED_MAX];
	int n;
	struct changed changed[CHANGED_MAX];
	int nchanged;
	double level;		/* chance of a false alarm, of all together */
	double level_each;
	double change;		/* less than this is SMALL, of the smaller one */
	int worse, better, told;	/* told: not UNSEEN, and of something */
};

/**
 * comparison_make - two files that check --json wrote
 *
 * What is wrong with one of them has been said if it returns -1. What is in @to
 * is there until comparison_free().
 */
int comparison_make(const char *const file[SIDES], double change,
	    struct comparison *to);
void comparison_free(struct comparison *c);

#endif
