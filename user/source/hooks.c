// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "lib/btf_find.h"
#include "lib/kernel.h"
#include "hooks.h"

/* Since v5.11 each task has a list; v5.10 has one table for all tasks. */
static bool find_list(struct v7s_hooks *h, const struct btf *btf)
{
	const char *list = "kretprobe_instances", *node = "kretprobe_instance";
	__u64 link, address;

	/* With CONFIG_KRETPROBE_ON_RETHOOK. */
	if (btf_find_member(btf, "kretprobe_instance", "node", &link)) {
		list = "rethooks";
		node = "rethook_node";
	}
	if (!btf_find_member(btf, "task_struct", list, &h->first) ||
	    !btf_find_member(btf, node, "llist", &link) ||
	    !btf_find_member(btf, node, "ret_addr", &address))
		return false;
	/* The list links these members. */
	h->address = address - link;
	return true;
}

/* Since v6.11 the stack is an array of words. */
static bool find_stack(struct v7s_hooks *h, const struct btf *btf)
{
	const char *entry = "ftrace_ret_stack";

	h->entry = btf_size_behind(btf, "task_struct", "ret_stack", entry);
	return btf_find_member(btf, "task_struct", "ret_stack", &h->stack) &&
	       btf_find_member(btf, "task_struct", "curr_ret_stack", &h->top) &&
	       btf_find_member(btf, entry, "ret", &h->ret);
}

/* NULL: there is none, or more than one. */
static const struct v7s_range *find_trampoline(const struct v7s_range *range,
					       unsigned int ranges,
					       unsigned int role)
{
	const struct v7s_range *found = NULL;
	unsigned int i;

	for (i = 0; i < ranges; i++) {
		if (range[i].role != role)
			continue;
		if (found)
			return NULL;
		found = &range[i];
	}
	return found;
}

void hooks_find(struct v7s_hooks *h, const struct btf *btf,
		const struct v7s_range *range, unsigned int ranges, int version)
{
	const struct v7s_range *probes, *graph;

	*h = (struct v7s_hooks){ .pc = version >= KERNEL(5, 16) };
	probes = find_trampoline(range, ranges, V7S_ROLE_RETURN);
	graph = find_trampoline(range, ranges, V7S_ROLE_GRAPH);
	/* The first byte of each: see symbols_add_range(). */
	if (btf && probes && find_list(h, btf)) {
		h->start = probes->start + 1;
		h->end = probes->end;
	}
	if (btf && graph && find_stack(h, btf)) {
		h->graph = graph->start + 1;
		h->graph_end = graph->end;
	}
}
