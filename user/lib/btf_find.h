/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_LIB_BTF_FIND_H
#define V7S_LIB_BTF_FIND_H

#include <stdbool.h>

#include <bpf/btf.h>

/** btf_find_member - where a member of a structure is, in bytes; false: nowhere */
bool btf_find_member(const struct btf *btf, const char *type,
		     const char *member, __u64 *offset);

/** btf_parameters - how many a function has; -1: that is not known */
int btf_parameters(const struct btf *btf, const char *function);

#endif
