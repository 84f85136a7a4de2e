/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Catches the output of err_print() for a test. */
#ifndef V7S_SAID_H
#define V7S_SAID_H

#include <stdio.h>
#include <unistd.h>

static FILE *said_file;
static int said_stderr;
static char said[4096];

/* From here on stderr is a file... */
static inline void say_begin(void)
{
	said_file = tmpfile();
	assert_non_null(said_file);
	fflush(stderr);
	said_stderr = dup(STDERR_FILENO);
	dup2(fileno(said_file), STDERR_FILENO);
}

/* ...which this puts into said. */
static inline const char *say_end(void)
{
	size_t n;

	fflush(stderr);
	dup2(said_stderr, STDERR_FILENO);
	close(said_stderr);
	rewind(said_file);
	n = fread(said, 1, sizeof(said) - 1, said_file);
	said[n] = 0;
	fclose(said_file);
	return said;
}

#endif
