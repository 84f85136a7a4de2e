// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

void (*err_before_first)(void);

void err_print(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	char *c;

	if (err_before_first)
		err_before_first();
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (c = line; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	fprintf(stderr, "v7scope: %s\n", line);
}

int err_stdout_status(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	/* The reader of our output has closed it: this is not an error. */
	if (errno == EPIPE)
		return 0;
	err_print("cannot write the output: %s", strerror(errno));
	return EXIT_RUNTIME;
}
