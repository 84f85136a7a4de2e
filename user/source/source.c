// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "lib/err.h"
#include "lib/util.h"
#include "source.h"

/* The best first. */
static const struct source_ops *const sources[] = {
	&source_bpf, &source_ftrace, &source_kprobe,
};

#define SOURCES (ARRAY_SIZE(sources))

static const struct source_ops *by_name(const char *name)
{
	size_t i;

	if (!strcmp(name, source_flush.name))
		return &source_flush;
	for (i = 0; i < SOURCES; i++)
		if (!strcmp(name, sources[i]->name))
			return sources[i];
	err_print("there is no source '%s': choose bpf (the series' tracepoints), ftrace (the same, without BPF) or kprobe (kernels without the series)", name);
	return NULL;
}

const struct source_ops *source_choose(const char *name)
{
	size_t i;

	if (name)
		return by_name(name);
	for (i = 0; i < SOURCES; i++)
		if (sources[i]->works && sources[i]->works())
			return sources[i];
	for (i = 0; i < SOURCES; i++)
		if (!sources[i]->absent || !sources[i]->absent())
			return sources[i];
	return sources[0];	/* open() will print what is missing */
}
