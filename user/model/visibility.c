// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "visibility.h"

const struct visibility visibility_everything = {
	.install = { { 1, 1, 1, 1 }, { 1, 1, 1, 1 } },
	.split = { { 1, 1, 1, 1 }, { 1, 1, 1, 1 } },
	.free = { 1, 1, 1, 1 }, .frees = true,
	.refuse = { 1, 1, 1, 1, 1, 1 },
	.create = true, .destroy = true, .waits = true,
	.lost = true, .attempts = true,
	.hist = { 1, 1, 1 },
	.alive = true,
	.tasks = true, .pairs = true, .stacks = true, .cpus = true,
};

bool visibility_all(const bool *list, size_t n)
{
	while (n--)
		if (!*list++)
			return false;
	return true;
}

bool visibility_won(const struct visibility *s)
{
	return s->attempts && s->lost;
}

bool visibility_split_kind(const struct visibility *s, int kind)
{
	return visibility_all(s->split[kind], V7S_SPLIT_OUTCOME);
}

bool visibility_splits(const struct visibility *s)
{
	return visibility_all(s->split[0], V7S_SPLIT_KIND * V7S_SPLIT_OUTCOME);
}

bool visibility_splits_by_outcome(const struct visibility *s, int outcome)
{
	int kind;

	for (kind = 0; kind < V7S_SPLIT_KIND; kind++)
		if (!s->split[kind][outcome])
			return false;
	return true;
}

bool visibility_refusals(const struct visibility *s)
{
	int why;

	/* Recordings of format 1 do not have this one, and it is not in the sum. */
	for (why = 0; why < V7S_REFUSE_WHY; why++)
		if (why != V7S_REFUSE_EXPECTED && !s->refuse[why])
			return false;
	return true;
}

/* Tasks and stacks do not count: without a request they are no gap. */
bool visibility_has_gaps(const struct visibility *s)
{
	return !(visibility_all(s->install[0], V7S_INSTALL_WHY * V7S_INSTALL_OUTCOME) &&
		 visibility_splits(s) && s->frees && visibility_all(s->free, V7S_FREE_WHY) &&
		 visibility_all(s->refuse, V7S_REFUSE_WHY) &&
		 s->create && s->destroy && s->waits && s->lost &&
		 s->attempts && s->alive && visibility_all(s->hist, V7S_HISTS));
}
