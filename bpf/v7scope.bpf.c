// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Counts and times the six io_pgtable events of the series, exactly: the kernel
 * emits each of them with local interrupts off, on one CPU.
 *
 * The arguments of a raw tracepoint are plain numbers, so nothing is relocated
 * and the kernel needs no BTF.
 */
#include "count.h"

#define SEES(name, event)						\
	SEC("raw_tp/" #name)						\
	int name(struct bpf_raw_tracepoint_args *ctx)			\
	{								\
		return count(ctx, event, nr_of_event(event, ctx->args),	\
			     ctx->args);				\
	}

SEES(io_pgtable_create, V7S_EVENT_CREATE)
SEES(io_pgtable_destroy, V7S_EVENT_DESTROY)
SEES(io_pgtable_install, V7S_EVENT_INSTALL)
SEES(io_pgtable_split, V7S_EVENT_SPLIT)
SEES(io_pgtable_free, V7S_EVENT_FREE)
SEES(io_pgtable_refuse, V7S_EVENT_REFUSE)

char LICENSE[] SEC("license") = "GPL";
