/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The answer of a source: it works, or why not and what to do about it. */
#ifndef V7S_SOURCE_ANSWER_H
#define V7S_SOURCE_ANSWER_H

#include <stdbool.h>

/** enum source_state - state of a source on this kernel, with our privileges */
enum source_state {
	SOURCE_WORKS,	/* a trial succeeded */
	SOURCE_BARRED,	/* the obstacles can be removed on this kernel */
	SOURCE_ABSENT,	/* this kernel lacks what the source reads */
};

/** struct obstacle - a proof of absence, or something that can be removed */
struct obstacle {
	char cause[224];
	char advice[224];
};

enum { OBSTACLES_MAX = 4 };

struct source_answer {
	enum source_state state;
	struct obstacle obstacle[OBSTACLES_MAX];
	int obstacles;		/* 0 if the source works */
};

/** answer_absent - the source is absent: @cause is the only obstacle left */
void answer_absent(struct source_answer *a, const char *advice,
		   const char *cause, ...) __attribute__((format(printf, 3, 4)));

/** answer_bar - add an obstacle, unless the source is absent */
void answer_bar(struct source_answer *a, const char *advice,
		const char *cause, ...) __attribute__((format(printf, 3, 4)));

/** answer_explain - print the obstacles of a source, one on each line */
void answer_explain(const struct source_answer *a, const char *source);

#endif
