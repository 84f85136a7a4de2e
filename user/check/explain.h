/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Explanations of the counts: findings of a table of rules, see rules.c. */
#ifndef V7S_CHECK_EXPLAIN_H
#define V7S_CHECK_EXPLAIN_H

#include "finding.h"

enum { FINDINGS_MAX = 32 };

/** struct explanation - a finding for each rule */
struct explanation {
	struct finding f[FINDINGS_MAX];
	int n;
	int found, unknown;	/* number of findings of these kinds */
};

/** explanation_make - @to refers to @o as long as it is used */
void explanation_make(const struct observed *o, struct explanation *to);

#endif
