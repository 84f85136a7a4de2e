// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The least that a pair of BPF programs can cost at the beginning and the end of
 * the function that installs a table: what kernels without the events leave.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("kprobe/arm_v7s_install_table")
int enter(void *ctx)
{
	return 0;
}

SEC("kretprobe/arm_v7s_install_table")
int leave(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
