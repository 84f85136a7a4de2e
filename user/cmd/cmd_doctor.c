// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <getopt.h>
#include <stdio.h>

#include "doctor/diagnosis.h"
#include "lib/err.h"
#include "output/out.h"
#include "cmd.h"

static int doctor_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json",	no_argument,	NULL, 'j' },
		{ "help",	no_argument,	NULL, 'h' },
		{ 0 }
	};
	const struct out *out = &out_text;
	struct diagnosis d;
	int c;

	while ((c = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			out = &out_json;
			break;
		case 'h':
			fputs(cmd_doctor.help, stdout);
			return err_stdout_status();
		default:
			return opts_bad(&cmd_doctor, c, argv);
		}
	}
	if (optind < argc) {
		err_print("doctor: unexpected argument '%s', see `v7scope help doctor`",
			  argv[optind]);
		return EXIT_USAGE;
	}
	doctor_diagnose(&d);
	out->diagnosis(stdout, &d);
	return err_stdout_status() || d.recommended < 0 ? EXIT_RUNTIME : 0;
}

const struct cmd cmd_doctor = {
	.name	= "doctor",
	.what	= "report what this kernel and our privileges allow",
	.help	=
	"usage: v7scope doctor [--json]\n"
	"Reports what this kernel and our privileges allow, what is missing, and how to\n"
	"get it. Lists the known defects of this kernel.\n"
	"\n"
	"      --json  print one JSON object, see v7scope-json(5)\n"
	"  -h, --help  print this help\n"
	"\n"
	"Exit status: 0: at least one source works; 1: no source works; 2: usage error.\n",
	.run	= doctor_run,
};
