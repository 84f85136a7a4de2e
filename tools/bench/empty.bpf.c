// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The least that a BPF program can cost on the event: what v7scope is measured
 * against.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("raw_tracepoint/io_pgtable_install")
int empty(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
