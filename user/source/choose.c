// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>

#include "lib/err.h"
#include "source.h"

const struct source_ops *source_find(const char *name)
{
	int i;

	if (!strcmp(name, source_flush.name))
		return &source_flush;
	if (!strcmp(name, source_fault.name))
		return &source_fault;
	for (i = 0; i < SOURCES; i++)
		if (!strcmp(name, source_list[i]->name))
			return source_list[i];
	err_print("there is no source '%s': choose bpf (the series' tracepoints), ftrace (the same, without BPF), fentry or kprobe (kernels without the series)", name);
	return NULL;
}

const struct source_ops *source_choose(const struct source_ops *named)
{
	struct source_answer answers[SOURCES];
	int i;

	if (named) {
		source_ask(named, &answers[0]);
		if (answers[0].state == SOURCE_WORKS)
			return named;
		answer_explain(&answers[0], named->name);
		return NULL;
	}
	for (i = 0; i < SOURCES; i++) {
		source_ask(source_list[i], &answers[i]);
		if (answers[i].state == SOURCE_WORKS)
			return source_list[i];
	}
	i = source_nearest(answers);
	answer_explain(&answers[i], source_list[i]->name);
	return NULL;
}
