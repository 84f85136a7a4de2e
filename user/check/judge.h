/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * Judgements on this kernel's page-table code, from the counts. man/v7scope.1
 * explains each.
 */
#ifndef V7S_CHECK_JUDGE_H
#define V7S_CHECK_JUDGE_H

#include "doctor/diagnosis.h"
#include "history.h"
#include "threshold.h"

enum verdict { PASS, FAIL, CANNOT_TELL, VERDICTS };

extern const char *const verdict_names[VERDICTS];

enum { FIGURES = 6, JUDGEMENTS_MAX = 16, JUDGEMENT_LIMITS = 2 };

/** struct figure - a number behind a judgement */
struct figure {
	const char *name;
	enum measure unit;
	bool visible;	/* false: not available, or undefined */
	int64_t n;
};

/** struct judgement - a judgement and its result */
struct judgement {
	const char *name;
	const char *asks;	/* the property that holds if it passes */
	const char *means;	/* meaning of a failure, and next step */
	enum verdict verdict;
	char why[256];		/* reason for FAIL or CANNOT_TELL; "": PASS */
	struct figure figure[FIGURES];
	int figures;
	enum limit limit[JUDGEMENT_LIMITS];
	int limits;
};

struct flush_facts;

/** struct command - the workload */
struct command {
	char **argv;		/* NULL: no workload */
	int status;		/* as of workload_status() */
	bool ended_by_us;	/* we stopped it when the time was over */
};

/** struct evidence - input of the judgements */
struct evidence {
	const struct report *r;		/* final */
	const struct history *h;
	const struct thresholds *limits;
	const struct diagnosis *kernel;
	int version;			/* as of kernel_version() */
	struct command command;
	/* A device has a driver whose TLB flushes are counted if possible. */
	bool has_flushes;
	const struct flush_facts *flushes;	/* NULL: not counted */
};

/** struct judgements - the judgements and the verdict */
struct judgements {
	enum verdict verdict;
	struct judgement j[JUDGEMENTS_MAX];
	int n;
};

void judgements_make(const struct evidence *e, struct judgements *to);

#endif
