/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The BPF source before it is attached: a unit test runs its programs by hand. */
#ifndef V7S_SOURCE_BPF_INTERNAL_H
#define V7S_SOURCE_BPF_INTERNAL_H

#include "source.h"
#include "v7scope.skel.h"

struct source {
	struct counters *rows;		/* first, see COUNTED_OPS */
	struct v7scope_bpf *skel;
	struct bpf_program *prog[V7S_EVENTS];
	struct bpf_link *link[V7S_EVENTS];
	struct visibility visible;
};

/*
 * source_bpf_load - load the programs and map their memory, attach nothing
 *
 * Returns 0 or -errno. source_bpf.close() frees the source in both cases.
 */
int source_bpf_load(struct source *s, const struct source_want *want);

#endif
