/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Maps of the BPF programs; count.h adds to them. */
#ifndef V7S_MAPS_H
#define V7S_MAPS_H

#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"

const volatile struct v7s_config config = { 0 };

/*
 * Arrays indexed by CPU rather than per-CPU arrays, because only the former can
 * be mapped into user space, which then reads them without system calls and
 * without capabilities. The tool sets max_entries to the number of possible
 * CPUs and leaves out the maps that are not needed. It also sets the size of the
 * values that have no type here.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, V7S_ROW_SIZE(V7S_SLOTS));
} cpu_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct v7s_cpu_tasks);
} cpu_tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct v7s_cpu_stacks);
} cpu_stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct v7s_ring));
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, V7S_STACK_IDS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, V7S_STACK_DEPTH * sizeof(__u64));
} stacks SEC(".maps");

#endif
