// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "err.h"

void (*err_before_first)(void);
bool err_json;

enum { LINE = 1024 };

/* @line has only printable ASCII characters. */
static void print_json(const char *level, const char *line)
{
	char text[2 * LINE], *to = text, date[32];
	struct timespec now;
	struct tm utc;

	for (; *line; line++) {
		if (*line == '"' || *line == '\\')
			*to++ = '\\';
		*to++ = *line;
	}
	*to = 0;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	fprintf(stderr, "{\"time\":\"%s.%03dZ\",\"level\":\"%s\",\"message\":\"%s\"}\n",
		date, (int)(now.tv_nsec / 1000000), level, text);
}

static void print(const char *level, const char *fmt, va_list ap)
{
	char line[LINE], *c;

	if (err_before_first)
		err_before_first();
	vsnprintf(line, sizeof(line), fmt, ap);
	for (c = line; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	if (err_json)
		print_json(level, line);
	else
		fprintf(stderr, "v7scope: %s\n", line);
}

void err_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print("error", fmt, ap);
	va_end(ap);
}

void err_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print("warning", fmt, ap);
	va_end(ap);
}

void err_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print("info", fmt, ap);
	va_end(ap);
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
