// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Names of ended tasks, which may hold any byte. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "ftrace/saved_cmdlines.h"
#include "lib/comm.h"
#include "lib/util.h"

/* Larger than any pid, so that /proc has none of them. */
#define ENDED 4200000

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void newlines_in_names(void **state)
{
	static const struct {
		uint32_t pid;
		const char *comm;
		uint32_t tgid;
	} want[] = {
		{ ENDED + 1, "plain", 70 },
		{ ENDED + 2, "o\ndd", 0 },
		{ ENDED + 3, "\n\nx 4 y", 71 },
		{ ENDED + 4, " two spaces", 0 },
		/* In the list and in the name of another task. */
		{ ENDED + 5, "<...>", 0 },
		{ ENDED + 7, "last", 0 },
		{ ENDED + 8, "<...>", 0 },	/* not in the list */
		{ ENDED + 9, "", 0 },
	};
	char folder[] = "/tmp/saved_cmdlines.XXXXXX", path[256];
	struct saved_cmdlines *p;
	const struct pid_name *n;
	int instance;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(folder));
	write_file(folder, "saved_cmdlines",
		   "4200001 plain\n"
		   "4200002 o\ndd\n"
		   "4200003 \n\nx 4 y\n"
		   "4200004  two spaces\n"
		   "4200009 \n"
		   "4200005 mine\n"
		   "4200006 a\n4200005 yours\n"
		   "4200007 last\n");
	write_file(folder, "saved_tgids", "4200001 70\n4200003 71\n");
	snprintf(path, sizeof(path), "%s/instances", folder);
	mkdir(path, 0700);
	strcat(path, "/x");
	mkdir(path, 0700);
	instance = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(instance >= 0);
	p = saved_cmdlines_new(instance);
	assert_non_null(p);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		n = saved_cmdlines_name(p, want[i].pid, 1);
		assert_string_equal(n->comm, want[i].comm);
		assert_int_equal((uint32_t)n->task, want[i].pid);
		assert_int_equal(n->task >> 32, want[i].tgid);
	}
	saved_cmdlines_free(p);
	close(instance);
	snprintf(path, sizeof(path), "rm -r %s", folder);
	assert_int_equal(system(path), 0);
}

static void a_live_name_is_whole(void **state)
{
	char comm[COMM];

	(void)state;
	prctl(PR_SET_NAME, "o\nd\n1234567890ab");	/* 15 bytes are kept */
	assert_true(comm_of(getpid(), comm));
	assert_string_equal(comm, "o\nd\n1234567890a");
	prctl(PR_SET_NAME, "o\ndd");
	assert_true(comm_of(getpid(), comm));
	assert_string_equal(comm, "o\ndd");
	prctl(PR_SET_NAME, "");
	assert_true(comm_of(getpid(), comm));
	assert_string_equal(comm, "");
	assert_false(comm_of(ENDED, comm));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newlines_in_names),
		cmocka_unit_test(a_live_name_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
