/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel can show, and to us. */
#ifndef V7S_DOCTOR_DIAGNOSIS_H
#define V7S_DOCTOR_DIAGNOSIS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

#include <bpf/bpf.h>

#include "model/names.h"
#include "source/flush_sites.h"
#include "source/kprobe_sites.h"

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

/** enum known - yes, no, not to be told; or some of it */
enum known { KNOWN_NO, KNOWN_YES, KNOWN_NOT, KNOWN_PART, KNOWNS };

/** struct defect - of a range of kernels without the series */
struct defect {
	const char *id;
	const char *text;
	int from, before;	/* KERNEL(major, minor) */
};

/** defect_find - the one that is called so */
const struct defect *defect_find(const char *id);

/* The best first, as source_choose() has them. */
enum { WAY_BPF, WAY_FTRACE, WAY_KPROBE, WAYS };

struct way {
	const char *name;
	const char *what;
	bool works;
	char why_not[192];
};

enum { FACTS_MAX = 32, DEFECTS_MAX = 4 };

struct diagnosis {
	struct fact fact[FACTS_MAX];
	int facts;
	enum known event[V7S_EVENTS][WAYS];
	const struct defect *defect[DEFECTS_MAX];
	int defects;
	bool defects_sure;	/* the kernel does have the code they are in */
	struct way way[WAYS];
	int recommended;	/* -1: none works */
};

/** doctor_diagnose - find all of it out; attaches to nothing for more than a moment */
void doctor_diagnose(struct diagnosis *d);

/** struct probe - what is found out first, for the rest to be judged by */
struct probe {
	struct utsname uts;
	int version;		/* as of kernel_version() */
	enum machine machine;
	int prog;		/* a program that does nothing, or -errno */
	struct bpf_prog_info info;
	__u32 info_len;		/* 0: not to be had */
	char tracefs[256];	/* "": not mounted */
	struct kprobe_sites plan;
	int kprobe;		/* 0: one could be set; else -errno */
	struct flush_sites flush;
	int kprobe_flush;	/* the same, on a driver that flushes */
};

/** doctor_facts, doctor_sources - the parts of a diagnosis */
void doctor_facts(struct diagnosis *d, struct probe *p);
void doctor_sources(struct diagnosis *d, const struct probe *p);

#endif
