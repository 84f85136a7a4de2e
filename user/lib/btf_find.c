// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>

#include <bpf/libbpf.h>

#include "btf_find.h"
#include "err.h"

int btf_open(const char *file, struct btf **btf)
{
	int err;

	*btf = file ? btf__parse(file, NULL) : btf__load_vmlinux_btf();
	err = libbpf_get_error(*btf);
	if (!err)
		return 0;
	*btf = NULL;
	if (!file)
		return 0;
	err_print("--btf %s: cannot read BTF from this file: %s", file,
		  strerror(-err));
	return -1;
}

bool btf_find_member(const struct btf *btf, const char *type,
		     const char *member, __u64 *offset)
{
	__s32 id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_member *m = t ? btf_members(t) : NULL;
	int i, n = t ? btf_vlen(t) : 0;

	for (i = 0; i < n; i++) {
		if (strcmp(btf__name_by_offset(btf, m[i].name_off), member))
			continue;
		*offset = btf_member_bit_offset(t, i) / 8;
		return true;
	}
	return false;
}

int btf_parameters(const struct btf *btf, const char *function)
{
	__s32 id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;

	t = t ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_func_proto(t) ? btf_vlen(t) : -1;
}
