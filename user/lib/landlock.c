// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "landlock.h"

/* The same on all architectures. Headers older than the kernel may lack them. */
enum { CREATE_RULESET = 444, ADD_RULE, RESTRICT_SELF };
enum { VERSION_FLAG = 1, PATH_BENEATH = 1 };

#define READ_FILE	(1ULL << 2)
#define READ_DIR	(1ULL << 3)
#define REMOVE_DIR	(1ULL << 4)

struct ruleset {
	uint64_t fs;
};

struct beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

/* All rights that each version knows. Executing is one of them. */
static uint64_t rights(int abi)
{
	static const unsigned char bits[] = { 0, 13, 14, 15, 15, 16 };
	const int last = sizeof(bits) - 1;

	return (1ULL << bits[abi < last ? abi : last]) - 1;
}

int landlock_abi(void)
{
	long abi = syscall(CREATE_RULESET, NULL, 0, VERSION_FLAG);

	return abi > 0 ? abi : 0;
}

static int allow(int ruleset, const struct landlock_folder *f)
{
	struct beneath b = {
		.allowed = READ_FILE | READ_DIR | (f->rmdir ? REMOVE_DIR : 0),
		.fd = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC),
	};
	int err = 0;

	if (b.fd < 0)
		return 0;
	if (syscall(ADD_RULE, ruleset, PATH_BENEATH, &b, 0))
		err = -errno;
	close(b.fd);
	return err;
}

int landlock_enter(const struct landlock_folder *folders, size_t n)
{
	const struct ruleset all = { .fs = rights(landlock_abi()) };
	int fd = syscall(CREATE_RULESET, &all, sizeof(all), 0), err = 0;
	size_t i;

	if (fd < 0)
		return -errno;
	for (i = 0; !err && i < n; i++)
		err = allow(fd, &folders[i]);
	if (!err && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		     syscall(RESTRICT_SELF, fd, 0)))
		err = -errno;
	close(fd);
	return err;
}
