/* SPDX-License-Identifier: GPL-2.0 */
/* The names of all that is counted: the same in every form of output. */
#ifndef V7S_MODEL_NAMES_H
#define V7S_MODEL_NAMES_H

#include "events.h"

/* In the order in which they are attached, see source_bpf.c. */
enum {
	EVENT_DESTROY,
	EVENT_REFUSE,
	EVENT_FREE,
	EVENT_SPLIT,
	EVENT_INSTALL,
	EVENT_CREATE,
	EVENTS
};

extern const char *const event_names[EVENTS];
extern const char *const record_names[V7S_EVENTS];	/* of a record's event */
extern const char *const install_why_names[V7S_INSTALL_WHY];
extern const char *const install_outcome_names[V7S_INSTALL_OUTCOME];
extern const char *const split_kind_names[V7S_SPLIT_KIND];
extern const char *const split_outcome_names[V7S_SPLIT_OUTCOME];
extern const char *const free_why_names[V7S_FREE_WHY];
extern const char *const refuse_why_names[V7S_REFUSE_WHY];
extern const char *const hist_names[V7S_HISTS];		/* JSON */
extern const char *const hist_titles[V7S_HISTS];	/* for people */

/** fmt_name - name of an enum io_pgtable_fmt, NULL if it has none here */
const char *fmt_name(unsigned int fmt);

#endif
