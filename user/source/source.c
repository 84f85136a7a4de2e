// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>

#include "source.h"

const struct source_ops *const source_list[SOURCES] = {
	[SOURCE_BPF]	= &source_bpf,
	[SOURCE_FTRACE]	= &source_ftrace,
	[SOURCE_FENTRY]	= &source_fentry,
	[SOURCE_KPROBE]	= &source_kprobe,
};

void source_ask(const struct source_ops *ops, struct source_answer *a)
{
	memset(a, 0, sizeof(*a));
	if (ops->ask)
		ops->ask(a);
}

static int first(const struct source_answer *answers, enum source_state state)
{
	int i;

	for (i = 0; i < SOURCES; i++)
		if (answers[i].state == state)
			return i;
	return -1;
}

int source_best(const struct source_answer answers[SOURCES])
{
	return first(answers, SOURCE_WORKS);
}

int source_nearest(const struct source_answer answers[SOURCES])
{
	int i = first(answers, SOURCE_BARRED);

	return i < 0 ? 0 : i;
}
