// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

void (*complain_first)(void);

void complain(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	char *c;

	if (complain_first)
		complain_first();
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (c = line; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	fprintf(stderr, "v7scope: %s\n", line);
}

int stdout_status(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	/* Whoever read our output has enough: that is no fault. */
	if (errno == EPIPE)
		return 0;
	complain("cannot write the output: %s", strerror(errno));
	return EXIT_RUNTIME;
}
