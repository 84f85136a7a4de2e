/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does this kernel's page-table code behave? A table of judgements over what was
 * counted; each is explained in man/v7scope.1.
 */
#ifndef V7S_CHECK_JUDGE_H
#define V7S_CHECK_JUDGE_H

#include "doctor/diagnosis.h"
#include "history.h"
#include "threshold.h"

enum verdict { PASS, FAIL, CANNOT_TELL, VERDICTS };

extern const char *const verdict_names[VERDICTS];

enum { FIGURES = 6, JUDGEMENTS_MAX = 16, JUDGEMENT_LIMITS = 2 };

/** struct figure - a number that was judged */
struct figure {
	const char *name;
	enum measure unit;
	bool visible;	/* false: not visible here, or of nothing */
	int64_t n;
};

/** struct judgement - one of them, and what it came to */
struct judgement {
	const char *name;
	const char *asks;	/* what is true if it passes */
	const char *means;	/* if it does not: what that means, what to do next */
	enum verdict verdict;
	char why[256];		/* it failed or cannot tell; "": it passed */
	struct figure figure[FIGURES];
	int figures;
	enum limit limit[JUDGEMENT_LIMITS];
	int limits;
};

/** struct command - what ran meanwhile */
struct command {
	char **argv;		/* NULL: nothing did */
	int status;		/* as of workload_status() */
	bool ended_by_us;	/* its time was over, or ours */
};

/** struct evidence - all that is judged */
struct evidence {
	const struct report *r;		/* final */
	const struct history *h;
	const struct thresholds *limits;
	const struct diagnosis *kernel;
	int version;			/* as of kernel_version() */
	struct command command;
};

/** struct judged - the verdict */
struct judged {
	enum verdict verdict;
	struct judgement j[JUDGEMENTS_MAX];
	int n;
};

void judgements_make(const struct evidence *e, struct judged *to);

#endif
