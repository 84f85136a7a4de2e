// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* A command line, an argument to each line. */
#include <getopt.h>
#include <stdio.h>

#include "fuzz.h"
#include "cmd/opts.h"
#include "lib/util.h"

enum { ARGS = 32 };

static const struct cmd cmd = {
	.name	= "fuzz",
	.what	= "",
	.help	= "",
	.opts	= (OPT(HELP) | (OPT(HELP) - 1)) & ~OPT(EVENTS_COUNT),
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_string(data, size), *left = s, *argv[ARGS + 1] = { "fuzz" };
	struct opts o = { 0 };
	int argc = 1;

	while (argc < ARGS && (argv[argc] = strsep(&left, "\n")))
		argc++;
	argv[argc] = NULL;
	optind = 0;	/* glibc's way of beginning again */
	if (opts_parse(&cmd, argc, argv, &o) == -1 &&
	    (o.interval > 86400 * SECOND || o.listens > LISTEN_MAX ||
	     (o.want.ring & (o.want.ring - 1))))
		abort();
	free(s);
	return 0;
}
