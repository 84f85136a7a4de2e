/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Sources that this kernel and our privileges allow, and their prerequisites. */
#ifndef V7S_DOCTOR_DIAGNOSIS_H
#define V7S_DOCTOR_DIAGNOSIS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

#include <bpf/bpf.h>

#include "model/names.h"
#include "source/flush_sites.h"
#include "source/kprobe_sites.h"
#include "source/source.h"

/** enum mark - does a fact help or hinder monitoring */
enum mark { MARK_INFO, MARK_OK, MARK_BAD };

/** struct fact - a property of the system; FACT_UNKNOWN has no value */
struct fact {
	const char *key;	/* JSON */
	const char *title;	/* for people */
	enum { FACT_UNKNOWN, FACT_BOOL, FACT_INT, FACT_TEXT } type;
	enum mark mark;
	int64_t n;
	char text[256];
	const char *advice;	/* next step, or NULL */
	struct obstacle why;	/* if filled, instead of the advice */
};

/** enum known - no, yes, unknown, in part, or with more programs on request */
enum known { KNOWN_NO, KNOWN_YES, KNOWN_NOT, KNOWN_PART, KNOWN_REQUEST, KNOWNS };

/** struct defect - a defect in a range of kernels without the series */
struct defect {
	const char *id;
	const char *text;
	int from, before;	/* KERNEL(major, minor) */
};

/** defect_find - find a defect by its name */
const struct defect *defect_find(const char *id);

struct diagnosed_source {
	const char *name;
	const char *what;
	/* Instructions that stat adds to the race window; or UNKNOWN. */
	int64_t stretch;
	struct source_answer answer;
};

enum { FACTS_MAX = 32, DEFECTS_MAX = 4 };

struct diagnosis {
	struct fact fact[FACTS_MAX];
	int facts;
	enum known event[V7S_EVENTS][SOURCES];
	enum known refuse[V7S_REFUSE_WHY][SOURCES];	/* by stat */
	const struct defect *defect[DEFECTS_MAX];
	int defects;
	bool defects_sure;	/* the kernel has the defective code */
	struct diagnosed_source source[SOURCES];
	int recommended;	/* index of a source; -1: no source works */
	int nearest;		/* the source to make work, if none does */
};

/**
 * doctor_diagnose - examine the system; each test attaches for a moment only
 *
 * @slots: page tables per CPU, for the memory that they take; 0: the default.
 */
void doctor_diagnose(struct diagnosis *d, unsigned int slots);

/** struct probe - raw findings, input of the facts and sources */
struct probe {
	struct utsname uts;
	int version;		/* as of kernel_version() */
	unsigned int slots;	/* page tables per CPU */
	enum machine machine;
	int prog;		/* fd of an empty BPF program, or -errno */
	struct bpf_prog_info info;
	__u32 info_len;		/* 0: not available */
	char tracefs[256];	/* "": not mounted */
	struct kprobe_sites plan;
	int symbols_err;	/* errno of reading the symbols */
	int fires;		/* see kprobe_perf_fires() */
	struct kprobe_sites fentry_plan;
	struct source_answer answer[SOURCES];
	struct flush_sites flush;
	struct source_answer flush_answer;
};

/** doctor_facts, doctor_sources - the parts of a diagnosis */
void doctor_facts(struct diagnosis *d, struct probe *p);
void doctor_sources(struct diagnosis *d, const struct probe *p);

#endif
