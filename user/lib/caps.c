// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps.h"
#include "util.h"

struct sets {
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
};

static int get_sets(struct sets *s)
{
	memset(s, 0, sizeof(*s));
	s->header.version = _LINUX_CAPABILITY_VERSION_3;
	return syscall(SYS_capget, &s->header, s->data);
}

bool caps_effective(int cap)
{
	struct sets s;

	if (get_sets(&s))
		return true;
	return s.data[cap / 32].effective >> cap % 32 & 1;
}

/* CAP_BPF and CAP_PERFMON exist since v5.8; CAP_SYS_ADMIN includes both. */
bool caps_for_bpf(void)
{
	return caps_effective(V7S_CAP_SYS_ADMIN) ||
	       (caps_effective(V7S_CAP_BPF) && caps_effective(V7S_CAP_PERFMON));
}

/* Capabilities that bpf() may need, the least first. */
static const struct need {
	const char *name;
	int cap;	/* -1: none */
} needs[] = {
	{ "none",		-1 },
	{ "CAP_BPF",		V7S_CAP_BPF },
	{ "CAP_SYS_ADMIN",	V7S_CAP_SYS_ADMIN },
};

#define NEEDS (ARRAY_SIZE(needs))

/*
 * Reduce the effective set and, for good, the permitted and inheritable sets.
 */
static int keep(const struct sets *had, int cap, bool for_good)
{
	struct sets s = *had;
	size_t i;

	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		__u32 mask = cap >= 0 && cap / 32 == (int)i ? 1U << cap % 32
							    : 0;

		s.data[i].effective &= mask;
		if (!for_good)
			continue;
		s.data[i].permitted &= mask;
		s.data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &s.header, s.data);
}

/* The command -1 does not exist, but the permission is checked first. */
static bool may_use_bpf(void)
{
	return syscall(SYS_bpf, -1, NULL, 0) >= 0 || errno != EPERM;
}

/* Find the need by trial: kernels have decided it in different ways. */
static const struct need *find_need(const struct sets *had, bool bpf)
{
	size_t i;

	for (i = 0; bpf && i < NEEDS; i++)
		if (!keep(had, needs[i].cap, false) && may_use_bpf())
			break;
	return &needs[i < NEEDS ? i : 0];
}

const char *caps_needed(bool bpf)
{
	const struct need *need;
	struct sets had;

	if (get_sets(&had))
		return NULL;
	need = find_need(&had, bpf);
	syscall(SYS_capset, &had.header, had.data);
	return need->name;
}

const char *caps_drop(bool bpf)
{
	const struct need *need;
	struct sets had;

	if (get_sets(&had))
		return NULL;
	need = find_need(&had, bpf);
	/* Without no_new_privs, root would regain all capabilities on exec. */
	if (keep(&had, need->cap, true) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return NULL;
	return need->name;
}
