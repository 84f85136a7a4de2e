/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Verdicts, and differences between two verdicts, as they are printed. */
#ifndef V7S_CHECK_H
#define V7S_CHECK_H

#include <sys/utsname.h>

#include "judge.h"

/** struct check - a verdict, with its context */
struct check {
	const struct evidence *e;
	const struct judgements *judged;
	const char *ended;	/* by "time", "command" or "signal" */
	uint64_t lasts;		/* requested time, ns; 0: as long as CMD runs */
	uint64_t interval;	/* between readings, ns */
	const char *source;	/* requested by --source, or NULL */
	int64_t time;		/* end, Unix time, s */
	struct utsname uts;
	char build_id[65];	/* "": unknown */
};

enum outcome { WORSE, BETTER, MORE, LESS, SMALL, SAME, UNSEEN, OUTCOMES };

extern const char *const comparison_outcome_names[OUTCOMES];	/* JSON */

enum { SIDES = 2, COMPARED_MAX = 16, CHANGED_MAX = 32 };

/** struct side - one of the two verdicts */
struct side {
	const char *file;
	const char *result;
	const char *host;	/* NULL: unknown; also the next four */
	const char *release, *version, *build_id, *source;
	double seconds;
};

/** struct figure_change - a figure of both verdicts, or of one */
struct figure_change {
	const char *name, *title;
	enum { SHARE, RATE, QUANTILE } kind;
	enum outcome outcome;
	bool visible[SIDES];
	/* The share or rate of each side; for QUANTILE the percentile, ns. */
	double value[SIDES];
	/* x events out of n, or in n seconds; QUANTILE: x are above @above. */
	double x[SIDES], n[SIDES];
	double above;		/* ns */
	bool same_bucket;	/* QUANTILE: both are in one bucket */
	/*
	 * Confidence interval of B against A: the difference of two shares, or
	 * the ratio of two rates.
	 */
	double low, high;
};

/** struct judgement_change - a judgement whose result differs */
struct judgement_change {
	const char *name, *result[SIDES];	/* NULL: missing on this side */
	enum outcome outcome;		/* WORSE, BETTER, or SAME if neither */
};

/** struct comparison - differences of B from A */
struct comparison {
	struct side side[SIDES];
	struct figure_change c[COMPARED_MAX];
	int n;
	struct judgement_change changed[CHANGED_MAX];
	int nchanged;
	double level;		/* chance of any false alarm */
	double level_each;	/* the same for a single figure */
	double change;		/* SMALL: below this part of the value */
	int worse, better, told;	/* told: comparable figures */
};

/**
 * comparison_make - compare two files that check --json wrote
 *
 * The strings in @to are valid until comparison_free(). Return: -1 after a
 * printed error.
 */
int comparison_make(const char *const file[SIDES], double change,
		    struct comparison *to);
void comparison_free(struct comparison *c);

#endif
