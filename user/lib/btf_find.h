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
 * btf_find_bits - offset of a bit field, and its size, in bits; false: not found
 */
bool btf_find_bits(const struct btf *btf, const char *type, const char *member,
		   __u64 *offset, __u32 *bits);

/**
 * btf_struct - a structure called @name
 *
 * @likely: a structure that is preferred if it has that name; 0: none. Drivers
 * in one kernel may have different structures of the same name. Returns 0 if
 * there is none.
 */
__u32 btf_struct(const struct btf *btf, __u32 likely, const char *name);

/** btf_struct_with - a structure called @name that has such a member, or 0 */
__u32 btf_struct_with(const struct btf *btf, const char *name,
		      const char *member);

/**
 * btf_member - offset of a member, in bytes; false: not found
 *
 * @behind: the structure that the member points to, or 0. It may be NULL.
 */
bool btf_member(const struct btf *btf, __u32 type, const char *member,
		__u64 *offset, __u32 *behind);

/** btf_struct_of_arg - the structure that an argument points to, or 0 */
__u32 btf_struct_of_arg(const struct btf *btf, const char *function, int arg);

/**
 * btf_size_behind - size of what a member points to, in bytes
 *
 * Returns 0 if that is not a structure called @name, or if there is no such
 * member.
 */
__u32 btf_size_behind(const struct btf *btf, const char *type,
		      const char *member, const char *name);

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
