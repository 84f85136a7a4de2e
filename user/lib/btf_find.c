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

/* NULL: there is none. */
static const struct btf_member *find(const struct btf *btf, __u32 type,
				     const char *member,
				     const struct btf_type **t)
{
	const struct btf_member *m;
	int i, n;

	*t = type ? btf__type_by_id(btf, type) : NULL;
	m = *t ? btf_members(*t) : NULL;
	n = *t ? btf_vlen(*t) : 0;
	for (i = 0; i < n; i++)
		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), member))
			return &m[i];
	return NULL;
}

static __u32 struct_behind(const struct btf *btf, __u32 pointer)
{
	const struct btf_type *t = btf__type_by_id(btf, pointer);
	__u32 to = t && btf_is_ptr(t) ? t->type : 0;

	t = to ? btf__type_by_id(btf, to) : NULL;
	return t && btf_is_struct(t) ? to : 0;
}

__u32 btf_struct(const struct btf *btf, __u32 likely, const char *name)
{
	const struct btf_type *t = likely ? btf__type_by_id(btf, likely) : NULL;
	__s32 id;

	if (t && !strcmp(btf__name_by_offset(btf, t->name_off), name))
		return likely;
	id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	return id > 0 ? id : 0;
}

__u32 btf_struct_with(const struct btf *btf, const char *name,
		      const char *member)
{
	const struct btf_type *t;
	__u32 id, n = btf__type_cnt(btf);

	for (id = 1; id < n; id++) {
		t = btf__type_by_id(btf, id);
		if (btf_is_struct(t) &&
		    !strcmp(btf__name_by_offset(btf, t->name_off), name) &&
		    find(btf, id, member, &t))
			return id;
	}
	return 0;
}

bool btf_member(const struct btf *btf, __u32 type, const char *member,
		__u64 *offset, __u32 *behind)
{
	const struct btf_type *t;
	const struct btf_member *m = find(btf, type, member, &t);

	if (!m)
		return false;
	*offset = btf_member_bit_offset(t, m - btf_members(t)) / 8;
	if (behind)
		*behind = struct_behind(btf, m->type);
	return true;
}

bool btf_find_member(const struct btf *btf, const char *type,
		     const char *member, __u64 *offset)
{
	return btf_member(btf, btf_struct(btf, 0, type), member, offset, NULL);
}

bool btf_find_bits(const struct btf *btf, const char *type, const char *member,
		   __u64 *offset, __u32 *bits)
{
	const struct btf_type *t;
	const struct btf_member *m = find(btf, btf_struct(btf, 0, type), member,
					  &t);

	if (!m)
		return false;
	*offset = btf_member_bit_offset(t, m - btf_members(t));
	*bits = btf_member_bitfield_size(t, m - btf_members(t));
	return *bits;
}

__u32 btf_size_behind(const struct btf *btf, const char *type,
		      const char *member, const char *name)
{
	const struct btf_type *t;
	__u64 offset;
	__u32 behind;

	if (!btf_member(btf, btf_struct(btf, 0, type), member, &offset,
			&behind) || !behind)
		return 0;
	t = btf__type_by_id(btf, behind);
	return strcmp(btf__name_by_offset(btf, t->name_off), name) ? 0 :
	       t->size;
}

/* NULL: not known. */
static const struct btf_type *prototype(const struct btf *btf,
					const char *function)
{
	__s32 id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;

	t = t ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_func_proto(t) ? t : NULL;
}

int btf_parameters(const struct btf *btf, const char *function)
{
	const struct btf_type *t = prototype(btf, function);

	return t ? btf_vlen(t) : -1;
}

__u32 btf_struct_of_arg(const struct btf *btf, const char *function, int arg)
{
	const struct btf_type *t = prototype(btf, function);

	return t && arg < btf_vlen(t) ?
	       struct_behind(btf, btf_params(t)[arg].type) : 0;
}
