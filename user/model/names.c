// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include "names.h"

const char *const event_names[EVENTS] = {
	[EVENT_DESTROY]	= "io_pgtable_destroy",
	[EVENT_REFUSE]	= "io_pgtable_refuse",
	[EVENT_FREE]	= "io_pgtable_free",
	[EVENT_SPLIT]	= "io_pgtable_split",
	[EVENT_INSTALL]	= "io_pgtable_install",
	[EVENT_CREATE]	= "io_pgtable_create",
};

const char *const record_names[V7S_EVENTS] = {
	[V7S_CREATE]		= "create",
	[V7S_DESTROY]		= "destroy",
	[V7S_INSTALL]		= "install",
	[V7S_SPLIT_ENTRY]	= "split",
	[V7S_FREE]		= "free",
	[V7S_REFUSE]		= "refuse",
};

const char *const install_why_names[] = { "map", "split" };
const char *const install_outcome_names[] = {
	"won", "lost_to_table", "lost_to_leaf", "lost_to_empty"
};
const char *const split_kind_names[] = { "cont", "block" };
const char *const split_outcome_names[] = {
	"done", "found_done", "gone", "failed"
};
const char *const free_why_names[] = { "lost", "unmap", "replaced" };
const char *const refuse_why_names[] = {
	"exists", "absent", "partial", "nomem", "raced"
};

const char *const hist_names[] = { "window_ns", "wait_ns", "hold_ns" };
const char *const hist_titles[] = {
	"race window", "wait for split_lock", "hold of split_lock"
};

/* The kernel has only ever added to the end of this list. */
const char *fmt_name(unsigned int fmt)
{
	static const char *const names[] = {
		"arm_32_lpae_s1", "arm_32_lpae_s2", "arm_64_lpae_s1",
		"arm_64_lpae_s2", "arm_v7s", "arm_mali_lpae"
	};

	return fmt < sizeof(names) / sizeof(*names) ? names[fmt] : NULL;
}
