// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* How the limits of serve depend on each other; forbidden.c tests what they forbid. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/landlock.h"
#include "lib/util.h"
#include "http/sandbox.h"
#include "skip.h"

static const bool with_seccomp = WITH_SECCOMP;

/* A second copy, of a build without seccomp. */
#undef WITH_SECCOMP
#define WITH_SECCOMP 0
#define sandbox_enter sandbox_enter_noseccomp
#include "http/sandbox.c"
#undef sandbox_enter

static char said[4096];

/* Limits are for good, so a child gets them. Returns its status, and fills said. */
static int in_child(int (*f)(void))
{
	size_t n = 0;
	int fd[2], status;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (!pid) {
		dup2(fd[1], STDERR_FILENO);
		close(fd[1]);
		_exit(f());
	}
	close(fd[1]);
	while ((got = read(fd[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += got;
	said[n] = 0;
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool can_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int without_seccomp(void)
{
	const char *const folders[] = { "/dev" };

	if (sandbox_enter_noseccomp(SANDBOX_AUTO, folders, 1))
		return 1;
	return !can_open("/etc/passwd") && errno == EACCES && can_open("/dev/null") ? 0 : 2;
}

static int require_seccomp(void)
{
	return sandbox_enter_noseccomp(SANDBOX_REQUIRE, NULL, 0) != -1;
}

/* Landlock restricts the files of every build. */
static void no_seccomp(void **state)
{
	(void)state;
	assert_int_equal(in_child(require_seccomp), 0);
	assert_non_null(strstr(said, "cannot restrict system calls, as --sandbox require demands: "));
	if (!landlock_abi())
		SKIP("this kernel has no Landlock");
	assert_int_equal(in_child(without_seccomp), 0);
	assert_non_null(strstr(said, "continuing without restricting system calls: "));
}

/* No file descriptor is left for Landlock's rules. */
static int enter_without_fds(enum sandbox how)
{
	if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, 0 }))
		return 2;
	return sandbox_enter(how, NULL, 0) ? 1 : 0;
}

static int auto_without_fds(void)
{
	if (enter_without_fds(SANDBOX_AUTO))
		return 1;
	return !with_seccomp || (prctl(PR_GET_SECCOMP) == -1 && errno == EPERM) ? 0 : 3;
}

static int require_without_fds(void)
{
	return enter_without_fds(SANDBOX_REQUIRE) == 1 ? 0 : 1;
}

static void no_landlock(void **state)
{
	(void)state;
	if (!landlock_abi())
		SKIP("this kernel has no Landlock");
	assert_int_equal(in_child(auto_without_fds), 0);
	assert_non_null(strstr(said, "continuing without restricting files: Too many open files"));
	assert_int_equal(in_child(require_without_fds), 0);
	assert_non_null(strstr(said, "cannot restrict files, as --sandbox require demands: Too many open files"));
}

static const char *folder;

static int enter_with_folder(void)
{
	const char *const folders[] = { "/no/such", folder, folder };

	return chdir("/etc") || sandbox_enter(SANDBOX_AUTO, folders, 3) ? 1 : 0;
}

/* A folder of all files, or of all configurations, is reported once. */
static void wide_folders(void **state)
{
	static const struct {
		const char *folder, *said;	/* NULL: nothing */
	} tests[] = {
		{ "/", "below / that" }, { "/etc", "below /etc that" },
		{ "/etc/", "below /etc that" }, { ".", "below /etc that" },
		{ "..", "below / that" }, { "/dev", NULL }, { "/etc/ssl", NULL },
	};
	size_t i;

	(void)state;
	if (!landlock_abi())
		SKIP("this kernel has no Landlock");
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		const char *line;

		folder = tests[i].folder;
		assert_int_equal(in_child(enter_with_folder), 0);
		line = strstr(said, "serve can still read every file");
		if (!tests[i].said != !line || (line && !strstr(line, tests[i].said)))
			fail_msg("%s: said '%s'", folder, said);
		if (line && strstr(line + 1, "serve can still"))
			fail_msg("%s: said twice", folder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_seccomp),
		cmocka_unit_test(no_landlock),
		cmocka_unit_test(wide_folders),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
