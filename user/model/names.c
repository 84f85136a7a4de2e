// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stddef.h>
#include <string.h>

#include "names.h"

#define PREFIX "io_pgtable_"

const char *const event_names[V7S_EVENTS] = {
	[V7S_EVENT_CREATE]	= PREFIX "create",
	[V7S_EVENT_DESTROY]	= PREFIX "destroy",
	[V7S_EVENT_INSTALL]	= PREFIX "install",
	[V7S_EVENT_SPLIT]	= PREFIX "split",
	[V7S_EVENT_FREE]	= PREFIX "free",
	[V7S_EVENT_REFUSE]	= PREFIX "refuse",
};

const unsigned char event_order[V7S_EVENTS] = {
	V7S_EVENT_DESTROY, V7S_EVENT_REFUSE, V7S_EVENT_FREE, V7S_EVENT_SPLIT,
	V7S_EVENT_INSTALL, V7S_EVENT_CREATE
};

const char *event_short_name(unsigned int event)
{
	if (event == V7S_EVENT_FAULT)
		return "fault";
	return event < V7S_EVENTS ? event_names[event] + strlen(PREFIX) : NULL;
}

const char *const install_why_names[] = { "map", "split" };
const char *const install_outcome_names[] = {
	"won", "lost_to_table", "lost_to_leaf", "lost_to_empty"
};
const char *const split_kind_names[] = { "cont", "block" };
const char *const split_outcome_names[] = {
	"done", "found_done", "gone", "failed"
};
const char *const free_why_names[] = {
	"lost", "unmap", "replaced", "replaced_live"
};
const char *const refuse_why_names[] = {
	"exists", "absent", "partial", "nomem", "raced", "expected"
};

const char *const hist_names[] = { "window_ns", "wait_ns", "hold_ns" };
const char *const hist_titles[] = {
	"race window", "wait for split_lock", "hold of split_lock"
};

const char *const fmt_names[V7S_FMTS] = {
	"arm_32_lpae_s1", "arm_32_lpae_s2", "arm_64_lpae_s1", "arm_64_lpae_s2",
	"arm_v7s", "arm_mali_lpae"
};

const char *fmt_name(unsigned int fmt)
{
	return fmt < V7S_FMTS ? fmt_names[fmt] : NULL;
}
