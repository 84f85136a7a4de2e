// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdio.h>

#include "doctor/diagnosis.h"
#include "lib/err.h"
#include "output/out.h"
#include "opts.h"

static int doctor_run(int argc, char **argv)
{
	struct opts o = { 0 };
	int status = opts_parse(&cmd_doctor, argc, argv, &o);
	const struct out *out = o.json ? &out_json : &out_text;
	struct diagnosis d;

	if (status >= 0)
		return status;
	doctor_diagnose(&d, o.want.slots);
	out->diagnosis(stdout, &d);
	return err_stdout_status() || d.recommended < 0 ? EXIT_RUNTIME : 0;
}

const struct cmd cmd_doctor = {
	.name	= "doctor",
	.what	= "report what this kernel and our privileges allow",
	.help	=
	"Reports what this kernel and our privileges allow, what is missing, and how to\n"
	"get it. Lists the known defects of this kernel. Reports the kernel memory that\n"
	"counting takes, on all possible CPUs, and takes none.",
	.notes	=
	"Exit status: 0: at least one source works; 1: no source works; 2: usage error.\n",
	.opts	= OPT(TABLES) | OPT(JSON) | OPT(HELP),
	.run	= doctor_run,
};
