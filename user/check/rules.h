/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The rules of explain, as a table. */
#ifndef V7S_CHECK_RULES_H
#define V7S_CHECK_RULES_H

#include "finding.h"

/** enum scope - is a rule applied to each page table, or once */
enum scope { SCOPE_TABLE, SCOPE_ALL, SCOPE_FLUSHES };

enum { RULE_NEEDS = 3 };

/** struct rule - a rule; the members that are NULL do not apply */
struct rule {
	const char *name;
	enum concern concern;
	enum scope scope;
	/* Figures that must be visible: indices of visibility_list(). */
	unsigned char need[RULE_NEEDS];
	unsigned char needs;
	/** @unknown: another reason not to judge it; NULL: none */
	const char *(*unknown)(const struct observed *o);
	/** @weigh: number of events that matter; 0: the rule does not apply */
	int64_t (*weigh)(const struct observed *o, const struct row *row);
	/** @say: put the sentence and the figures */
	void (*say)(const struct observed *o, const struct row *row,
		    struct finding *f);
	/** @part: the part of a task in the events */
	int64_t (*part)(const struct task *t);
	const char *parts;
	enum measure parts_unit;
	bool pairs;		/* the tasks are waiters and holders */
	const char *helps, *basis;
};

extern const struct rule rules[];
extern const size_t rules_count;

#endif
