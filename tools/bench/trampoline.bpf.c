// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * The least that fentry and fexit programs can cost on the function that installs a
 * table, on kernels that have them.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("fentry/arm_v7s_install_table")
int enter(void *ctx)
{
	return 0;
}

SEC("fexit/arm_v7s_install_table")
int leave(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
