/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Parameters and result of the function that a fentry or fexit program is attached to. */
#ifndef V7S_FUNC_ARG_H
#define V7S_FUNC_ARG_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static __always_inline __u64 param(void *ctx, __u32 n)
{
	__u64 value = 0;

	bpf_get_func_arg(ctx, n, &value);
	return value;
}

static __always_inline __u64 result(void *ctx)
{
	__u64 value = 0;

	bpf_get_func_ret(ctx, &value);
	return value;
}

#endif
