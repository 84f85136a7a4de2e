/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel can show, and to us. */
#ifndef V7S_PROBE_H
#define V7S_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "names.h"

/** enum mark - what a fact means for seeing the events */
enum mark { MARK_INFO, MARK_OK, MARK_BAD };

/** struct fact - something found out; one that could not be has no value */
struct fact {
	const char *key;	/* JSON */
	const char *title;	/* for people */
	enum { FACT_UNKNOWN, FACT_BOOL, FACT_INT, FACT_TEXT } type;
	enum mark mark;
	int64_t n;
	char text[256];
	const char *advice;	/* what to do about it, or NULL */
};

/** enum known - yes, no, or not to be told */
enum known { KNOWN_NO, KNOWN_YES, KNOWN_NOT };

/** struct defect - of a range of kernels without the series */
struct defect {
	const char *id;
	const char *text;
	int from, before;	/* KERNEL(major, minor) */
};

enum { WAY_BPF, WAY_FTRACE, WAYS };

struct way {
	const char *name;
	const char *what;
	bool works;
	char why_not[160];
};

enum { FACTS_MAX = 24, DEFECTS_MAX = 4 };

struct diagnosis {
	struct fact fact[FACTS_MAX];
	int facts;
	struct {
		enum known bpf, ftrace;
	} event[EVENTS];
	const struct defect *defect[DEFECTS_MAX];
	int defects;
	bool defects_sure;	/* the kernel does have the code they are in */
	struct way way[WAYS];
	int recommended;	/* -1: none works */
};

/** diagnose - find all of it out; attaches to nothing for more than a moment */
void diagnose(struct diagnosis *d);

#endif
