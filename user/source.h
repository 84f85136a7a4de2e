/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_SOURCE_H
#define V7S_SOURCE_H

#include <stdbool.h>

#include "model.h"

struct source;

/**
 * struct source - where the counts come from
 *
 * What fails has said so on stderr when it returns -1.
 */
struct source_ops {
	const char *name;
	/** @open: count from now on; NULL: not possible here */
	struct source *(*open)(bool verbose);
	/** @read: all counts, as they are now, into the model */
	int (*read)(struct source *s, struct model *m, uint64_t now);
	/** @stop: count no more; what was counted can still be read */
	void (*stop)(struct source *s);
	/** @complete: fill in what only the source knows of a final report */
	void (*complete)(struct source *s, struct report *r);
	void (*close)(struct source *s);
};

extern const struct source_ops source_bpf;

#endif
