/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_LIB_BTF_FIND_H
#define V7S_LIB_BTF_FIND_H

#include <stdbool.h>

#include <bpf/btf.h>

/**
 * btf_find_member - offset of a structure's member, in bytes; false: not found
 */
bool btf_find_member(const struct btf *btf, const char *type,
		     const char *member, __u64 *offset);

/**
 * btf_open - the kernel's BTF, from @file or, if that is NULL, from the kernel
 *
 * Returns -1 after a message if @file has none. Sets *btf to NULL if the kernel
 * has none.
 */
int btf_open(const char *file, struct btf **btf);

/** btf_parameters - number of a function's parameters; -1: not known */
int btf_parameters(const struct btf *btf, const char *function);

#endif
