// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "err.h"
#include "source.h"

/* The best first. */
static const struct source_ops *const sources[] = {
	&source_bpf, &source_kprobe,
};

#define SOURCES (sizeof(sources) / sizeof(*sources))

const struct source_ops *source_choose(const char *name)
{
	size_t i;

	if (name && !strcmp(name, source_flush.name))
		return &source_flush;
	for (i = 0; i < SOURCES; i++) {
		if (name ? !strcmp(name, sources[i]->name)
			 : !sources[i]->absent || !sources[i]->absent())
			return sources[i];
	}
	if (!name)
		return sources[0];	/* which will say what is missing */
	complain("there is no source '%s': it is bpf (the series' tracepoints)"
		 " or kprobe (kernels without the series)", name);
	return NULL;
}
