// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Instances that killed runs left, in a folder that plays tracefs. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ftrace/tracefs.h"
#include "lib/util.h"

static char fs[] = "/tmp/v7s-tracefs-XXXXXX";
static bool no_locks;

int __real_flock(int fd, int op);

int __wrap_flock(int fd, int op)
{
	if (!no_locks)
		return __real_flock(fd, op);
	errno = ENOSYS;
	return -1;
}

static void make(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", fs, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int locked(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", fs, name);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

static void finds_what_is_left(void **state)
{
	struct instance i;
	char names[64];
	int fd;

	(void)state;
	assert_int_equal(tracefs_instances_left(fs, names, sizeof(names)), -1);
	make("instances");
	assert_int_equal(tracefs_instances_left(fs, names, sizeof(names)), 0);
	assert_string_equal(names, "");
	/* Others' stay others', whatever they are called. */
	make("instances/other");
	make("instances/v7scope");
	make("instances/v7scope.12");
	fd = locked("instances/v7scope.12");
	assert_int_equal(tracefs_instances_left(fs, names, sizeof(names)), 0);
	/* Its maker is no more. */
	close(fd);
	assert_int_equal(tracefs_instances_left(fs, names, sizeof(names)), 1);
	assert_string_equal(names, "v7scope.12");
	make("instances/v7scope.13");
	fd = locked("instances/v7scope.13");
	assert_int_equal(tracefs_instances_left(fs, names, sizeof(names)), 1);
	close(fd);
	assert_int_equal(tracefs_instances_left(fs, names, sizeof(names)), 2);
	assert_int_equal(strlen(names), strlen("v7scope.12 v7scope.13"));
	/* Too many for the line */
	assert_int_equal(tracefs_instances_left(fs, names, 8), 2);
	assert_int_equal(strlen(names), 7);

	/* Looking has left nothing locked: the next run clears up. */
	assert_int_equal(tracefs_instance_make(&i, fs), 0);
	assert_int_equal(tracefs_instances_left(fs, names, sizeof(names)), 0);
	tracefs_instance_remove(&i);
	assert_int_equal(tracefs_instances_left(fs, names, sizeof(names)), 0);
}

static pid_t ended(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

/* CONFIG_FILE_LOCKING is off. */
static void finds_it_without_locks(void **state)
{
	struct instance i;
	char left[32], used[32], path[80], names[64];

	(void)state;
	snprintf(left, sizeof(left), "v7scope.%d.1", ended());
	snprintf(used, sizeof(used), "v7scope.%d", getppid());
	snprintf(path, sizeof(path), "instances/%s", left);
	make(path);
	snprintf(path, sizeof(path), "instances/%s", used);
	make(path);
	no_locks = true;
	assert_int_equal(tracefs_instances_left(fs, names, sizeof(names)), 1);
	assert_string_equal(names, left);
	assert_int_equal(tracefs_instance_make(&i, fs), 0);
	assert_int_equal(tracefs_instances_left(fs, names, sizeof(names)), 0);
	tracefs_instance_remove(&i);
	no_locks = false;
	snprintf(path, sizeof(path), "%s/instances/%s", fs, used);
	assert_int_equal(rmdir(path), 0);
}

static int folder(void **state)
{
	(void)state;
	return mkdtemp(fs) ? 0 : -1;
}

static int no_folder(void **state)
{
	static const char *const all[] = {
		"/instances/other", "/instances/v7scope", "/instances", "",
	};
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		snprintf(path, sizeof(path), "%s%s", fs, all[i]);
		if (rmdir(path))
			return -1;
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_left),
		cmocka_unit_test(finds_it_without_locks),
	};

	return cmocka_run_group_tests_name("tracefs", tests, folder, no_folder);
}
