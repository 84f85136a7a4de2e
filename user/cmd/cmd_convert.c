// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/err.h"
#include "lib/util.h"
#include "output/chrome_json.h"
#include "output/perfetto.h"
#include "output/tracedat.h"
#include "drops.h"

/* State of the run: a process runs one verb once. */
static const struct out *out;
static struct printer printer;
static struct report last;
static int output;

static const struct {
	const char *name;
	const struct out *out;
	bool seeks;		/* the output must be seekable */
} forms[] = {
	{ "perfetto", &out_perfetto, false },
	{ "chrome-json", &out_chrome_json, false },
	{ "trace.dat", &out_tracedat, true },
};

enum { FORMS = ARRAY_SIZE(forms) };

/* Stop when the output can no longer be written. */
static int record(void *arg, unsigned int cpu, const struct v7s_record *r)
{
	struct watch *w = arg;
	struct frame frame[V7S_STACK_DEPTH];
	struct traced t = { .r = r, .cpu = cpu, .start = w->start,
		.frame = frame };

	drops_tell(w, out, &printer, cpu, r->dropped);
	if (r->stack >= 0)
		t.frames = w->ops->stack(w->source, r->stack, frame);
	out->record(&printer, &t);
	return ferror(printer.f) ? -1 : 0;
}

static void report(struct watch *w, const struct report *r)
{
	(void)w;
	last = *r;
	if (!r->final && out->report)
		out->report(&printer, r);
}

static void end(struct watch *w, const struct stream_cpu *cpus, size_t n)
{
	drops_tell_rest(w, out, &printer, cpus, n);
	out->accounts(&printer, &last, cpus, n, 0);
}

static int misuse(const char *what)
{
	err_print("convert: %s, see `v7scope help convert`", what);
	return EXIT_USAGE;
}

static bool is_zipped(const struct opts *o)
{
	size_t n = strlen(o->output);

	return n > 3 && !strcmp(o->output + n - 3, ".gz");
}

static int choose(const struct opts *o)
{
	int i;

	if (!o->to)
		return misuse("--to FORM is required");
	if (!o->output)
		return misuse("-o PATH is required");
	for (i = 0; i < FORMS; i++) {
		if (strcmp(forms[i].name, o->to))
			continue;
		out = forms[i].out;
		if (forms[i].seeks && !strcmp(o->output, "-"))
			return misuse("trace.dat cannot be written to a pipe");
		if (forms[i].seeks && is_zipped(o))
			return misuse("trace.dat cannot be written in gzip");
	}
	return -1;
}

static ssize_t zip_write(void *gz, const char *data, size_t size)
{
	return gzwrite(gz, data, size) > 0 ? (ssize_t)size : 0;
}

static int zip_close(void *gz)
{
	return gzclose(gz) == Z_OK ? 0 : -1;
}

/* NULL: errno has the cause. */
static FILE *zip(int fd)
{
	static const cookie_io_functions_t functions = {
		.write = zip_write,
		.close = zip_close,
	};
	gzFile gz = gzdopen(fd, "wb1");

	if (!gz)
		errno = ENOMEM;
	return gz ? fopencookie(gz, "w", functions) : NULL;
}

static int open_output(const struct opts *o)
{
	if (!strcmp(o->output, "-")) {
		printer.f = stdout;
		return 0;
	}
	output = open(o->output, O_RDWR | O_CREAT | O_CLOEXEC |
		      (o->force ? O_TRUNC : O_EXCL), 0644);
	if (output >= 0)
		printer.f = is_zipped(o) ? zip(output) : fdopen(output, "w+");
	if (printer.f)
		return 0;
	err_print("cannot create '%s': %s%s", o->output, strerror(errno),
		 errno == EEXIST ? "; --force overwrites it" : "");
	return -1;
}

/* Remove an incomplete file. */
static int close_output(const struct opts *o, int status)
{
	bool failed, removable;
	struct stat st;

	if (printer.f == stdout)
		return err_stdout_status() || printer.failed ? EXIT_RUNTIME : status;
	failed = ferror(printer.f) || printer.failed;
	removable = !fstat(output, &st) && S_ISREG(st.st_mode);
	if (fclose(printer.f) || failed) {
		err_print("cannot write '%s': %s%s", o->output,
			 strerror(errno), removable ? ": it is removed" : "");
		if (removable)
			unlink(o->output);
		return EXIT_RUNTIME;
	}
	return status;
}

static int convert_run(int argc, char **argv)
{
	static const struct watcher verb = {
		.record = record,
		.report = report,
		.end = end,
		.silent = true,
	};
	/* Record the counters at each reading. */
	struct opts o = { .interval = 1 };
	int status = opts_file(&cmd_convert, &argc, &argv, &o);

	if (status < 0)
		status = opts_parse(&cmd_convert, argc, argv, &o);
	if (status < 0)
		status = choose(&o);
	if (status >= 0)
		return status;
	if (open_output(&o))
		return EXIT_RUNTIME;
	return close_output(&o, watch(&cmd_convert, &o, &verb));
}

const struct cmd cmd_convert = {
	.name	= "convert",
	.what	= "convert a recording for Perfetto, KernelShark or trace-cmd",
	.help	=
	"usage: v7scope convert FILE --to FORM -o PATH [--force]\n"
	"Converts a recording of `v7scope record` for other tools. If FILE is -,\n"
	"convert reads standard input.\n"
	"\n"
	"      --to FORM       perfetto: for ui.perfetto.dev; chrome-json: for\n"
	"                      chrome://tracing; trace.dat: for KernelShark and\n"
	"                      trace-cmd\n"
	"  -o, --output PATH   write to this file; - is standard output. Except for\n"
	"                      trace.dat, a name that ends in .gz gives gzip\n"
	"      --force         overwrite an existing file\n"
	"  -h, --help          print this help\n"
	"\n"
	"Exit status: as for report; also 1 if PATH cannot be written.\n",
	.opts	= OPT(OUTPUT) | OPT(TO) | OPT(FORCE) | OPT(HELP),
	.run	= convert_run,
};
