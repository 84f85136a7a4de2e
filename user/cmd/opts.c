// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/host.h"
#include "lib/err.h"
#include "lib/num.h"
#include "lib/util.h"
#include "model/names.h"
#include "opts.h"

static bool take_interval(struct opts *o, const char *s)
{
	return num_parse_ns(s, SECOND / 10, 86400 * SECOND, &o->interval);
}

static bool take_count(struct opts *o, const char *s)
{
	return num_parse(s, 1, 1000000000, &o->count);
}

static bool take_tasks(struct opts *o, const char *s)
{
	(void)s;
	o->want.tasks = true;
	return true;
}

static bool take_stacks(struct opts *o, const char *s)
{
	(void)s;
	o->want.stacks = true;
	return true;
}

/* The slots of one CPU need a mask, and a row has a maximum. */
static bool take_tables(struct opts *o, const char *s)
{
	uint64_t n;

	if (!num_parse(s, V7S_SLOTS, V7S_SLOTS_MAX, &n) || n & (n - 1))
		return false;
	o->want.slots = n;
	return true;
}

static bool take_dev(struct opts *o, const char *s)
{
	o->want.dev = s;
	return *s && strlen(s) < V7S_DEV;
}

static bool take_pgtable(struct opts *o, const char *s)
{
	return num_parse(s, 1, INT64_MAX, &o->pgtable);
}

static bool take_event(struct opts *o, const char *s)
{
	size_t len;
	int e;

	for (;; s += len + 1) {
		len = strcspn(s, ",");
		for (e = 0; e <= V7S_EVENT_FAULT; e++)
			if (strlen(event_short_name(e)) == len &&
			    !memcmp(event_short_name(e), s, len))
				break;
		if (e > V7S_EVENT_FAULT)
			return false;
		o->want.events |= 1U << e;
		if (!s[len])
			return true;
	}
}

static bool take_lost_only(struct opts *o, const char *s)
{
	(void)s;
	o->want.lost_only = true;
	return true;
}

static bool take_ring(struct opts *o, const char *s)
{
	uint64_t n;

	if (!num_parse(s, 16, 65536, &n) || n & (n - 1))
		return false;
	o->want.ring = n;
	return true;
}

static bool take_for(struct opts *o, const char *s)
{
	return num_parse_time(s, SECOND, 30 * 86400 * SECOND, &o->lasts);
}

static bool take_output(struct opts *o, const char *s)
{
	o->output = s;
	return *s && strlen(s) < PATH_MAX - 8;
}

static bool take_to(struct opts *o, const char *s)
{
	o->to = s;
	return !strcmp(s, "perfetto") || !strcmp(s, "chrome-json") ||
	       !strcmp(s, "trace.dat");
}

/* Sizes are limited by the disk; this limit only catches typing errors. */
static bool take_size(const char *s, uint64_t *bytes)
{
	return num_parse_size(s, 256 << 10, 1ULL << 50, bytes);
}

static bool take_max_size(struct opts *o, const char *s)
{
	return take_size(s, &o->max_size);
}

static bool take_keep_last(struct opts *o, const char *s)
{
	return take_size(s, &o->keep_last);
}

static bool take_rotate(struct opts *o, const char *s)
{
	const char *comma = strchr(s, ',');
	char size[32];

	if (!comma)
		return take_size(s, &o->rotate);
	if (comma - s >= (int)sizeof(size))
		return false;
	memcpy(size, s, comma - s);
	size[comma - s] = 0;
	return take_size(size, &o->rotate) &&
	       num_parse(comma + 1, 1, 9999, &o->files);
}

static bool take_force(struct opts *o, const char *s)
{
	(void)s;
	o->force = true;
	return true;
}

static bool take_listen(struct opts *o, const char *s)
{
	struct listen_at at;

	if (o->listens == LISTEN_MAX || listen_parse(s, &at))
		return false;
	o->listen[o->listens++] = s;
	return true;
}

static bool take_max_devices(struct opts *o, const char *s)
{
	return num_parse(s, 1, 1024, &o->max_devices);
}

static bool take_metrics_profile(struct opts *o, const char *s)
{
	o->metrics = strcmp(s, "fleet") ? METRICS_FULL : METRICS_FLEET;
	return o->metrics == METRICS_FLEET || !strcmp(s, "full");
}

static bool take_history(struct opts *o, const char *s)
{
	o->history = s;
	return *s && strlen(s) < PATH_MAX;
}

static bool take_no_flushes(struct opts *o, const char *s)
{
	(void)s;
	o->no_flushes = true;
	return true;
}

/* The collector reads only names that end in .prom. */
static bool take_textfile(struct opts *o, const char *s)
{
	const size_t len = strlen(s), end = strlen(".prom");

	o->textfile = s;
	return len > end && s[len - end - 1] != '/' &&
	       !strcmp(s + len - end, ".prom");
}

static bool take_limit(struct opts *o, const char *s)
{
	return thresholds_take(&o->limits, s);
}

static bool readable(const char *s)
{
	struct stat file;

	return !stat(s, &file) && S_ISREG(file.st_mode) && !access(s, R_OK);
}

static bool take_compare(struct opts *o, const char *s)
{
	o->compare[o->compare[0] ? 1 : 0] = s;
	return readable(s);
}

static bool take_source(struct opts *o, const char *s)
{
	o->source = s;
	return !strcmp(s, "bpf") || !strcmp(s, "ftrace") ||
	       !strcmp(s, "fentry") || !strcmp(s, "kprobe");
}

static bool take_boot(struct opts *o, const char *s)
{
	o->want.boot = s ? s : "";
	return !s || (*s && *s != '.' && !strchr(s, '/') &&
		      strlen(s) < 128);
}

static bool take_buffer(struct opts *o, const char *s)
{
	uint64_t n;

	if (!num_parse(s, 16, 1 << 20, &n))
		return false;
	o->want.buffer = n;
	return true;
}

static bool take_btf(struct opts *o, const char *s)
{
	o->want.btf = s;
	return readable(s);
}

static bool take_systemd_socket(struct opts *o, const char *s)
{
	(void)s;
	o->systemd_socket = true;
	return true;
}

static bool take_web_config(struct opts *o, const char *s)
{
	o->web_config = s;
	return readable(s);
}

static bool take_allowed_hosts(struct opts *o, const char *s)
{
	o->allowed_hosts = s;
	return host_list_ok(s);
}

static bool take_log_format(struct opts *o, const char *s)
{
	o->log_json = !strcmp(s, "json");
	return o->log_json || !strcmp(s, "text");
}

static bool take_sandbox(struct opts *o, const char *s)
{
	static const char *const names[] = {
		[SANDBOX_AUTO] = "auto", [SANDBOX_REQUIRE] = "require",
		[SANDBOX_OFF] = "off",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(s, names[i])) {
			o->sandbox = i;
			return true;
		}
	return false;
}

static bool take_json(struct opts *o, const char *s)
{
	(void)s;
	o->json = true;
	return true;
}

static bool take_tap(struct opts *o, const char *s)
{
	(void)s;
	o->tap = true;
	return true;
}

static bool take_junit(struct opts *o, const char *s)
{
	(void)s;
	o->junit = true;
	return true;
}

static bool take_verbose(struct opts *o, const char *s)
{
	(void)s;
	o->want.verbose = true;
	return true;
}

static const struct opt {
	const char *name;
	char letter;		/* 0: none */
	/* Name of the value; NULL: no value; in brackets: the value is optional. */
	const char *value;
	const char *takes;	/* values that are valid, for error messages */
	const char *help;
	bool (*take)(struct opts *o, const char *value);
} table[OPTS] = {
	[OPT_INTERVAL] = { "interval", 'i', "SECONDS",
		"seconds from 0.1 to 86400",
		"length of an interval in seconds, 0.1 to 86400",
		take_interval },
	[OPT_COUNT] = { "count", 'n', "COUNT",
		"a number from 1 to 1000000000",
		"stop after COUNT intervals; with CMD, stop only the output",
		take_count },
	[OPT_EVENTS_COUNT] = { "count", 'n', "COUNT",
		"a number from 1 to 1000000000",
		"stop after COUNT events",
		take_count },
	[OPT_TASKS] = { "tasks", 0, NULL, NULL,
		"count by task; for page tables, also which task waits for which",
		take_tasks },
	[OPT_STACKS] = { "stacks", 0, NULL, NULL,
		"count by kernel stack; trace prints the stack of each event",
		take_stacks },
	[OPT_TABLES] = { "tables", 0, "TABLES",
		"a power of two from 64 to 2048",
		"page tables that each CPU can count at once, a power of two from 64 to 2048; the default, from 64 to 256, follows the number of IOMMU groups; doctor reports it, and the memory",
		take_tables },
	[OPT_DEV] = { "dev", 'd', "DEVICE",
		"a device name of 1 to 31 bytes",
		"only this device",
		take_dev },
	[OPT_PGTABLE] = { "pgtable", 'p', "NUMBER",
		"the number of a page table",
		"only this page table",
		take_pgtable },
	[OPT_EVENT] = { "event", 'e', "LIST",
		"some of create,destroy,install,split,free,refuse,fault",
		"only the events in LIST, for example install,split; all: create,destroy,install,split,free,refuse,fault",
		take_event },
	[OPT_LOST_ONLY] = { "lost-only", 0, NULL, NULL,
		"only lost installs, and tables freed after a lost install",
		take_lost_only },
	[OPT_RING] = { "ring", 0, "RECORDS",
		"a power of two from 16 to 65536",
		"buffer of each CPU in events, a power of two from 16 to 65536 (default 512; record: 4096)",
		take_ring },
	[OPT_OUTPUT] = { "output", 'o', "PATH",
		"the name of a file, or -",
		"write to this file; - is standard output",
		take_output },
	[OPT_TO] = { "to", 0, "FORM",
		"chrome-json, perfetto or trace.dat",
		"perfetto: for ui.perfetto.dev; chrome-json: for chrome://tracing; trace.dat: for KernelShark and trace-cmd",
		take_to },
	[OPT_FOR] = { "for", 0, "TIME",
		"a time from 1s to 30d, for example 90s, 10m or 2h",
		"stop after TIME, for example 90s, 10m or 2h",
		take_for },
	[OPT_MAX_SIZE] = { "max-size", 0, "SIZE",
		"bytes from 256K to 1024T, for example 512K, 100M or 2G",
		"stop when the file reaches SIZE, for example 512K, 100M or 2G",
		take_max_size },
	[OPT_KEEP_LAST] = { "keep-last", 0, "SIZE",
		"bytes from 256K to 1024T, for example 512K, 100M or 2G",
		"keep the latest SIZE bytes; overwrite the oldest",
		take_keep_last },
	[OPT_ROTATE] = { "rotate", 0, "SIZES",
		"SIZE or SIZE,COUNT, for example 100M,10: bytes from 256K to 1024T, and 1 to 9999 files",
		"SIZE[,COUNT]: start a new file (PATH.0001, ...) after SIZE bytes; keep the last COUNT files, also of earlier runs",
		take_rotate },
	[OPT_FORCE] = { "force", 0, NULL, NULL,
		"overwrite an existing file; for record, also write to a block device or FIFO",
		take_force },
	[OPT_LISTEN] = { "web.listen-address", 0, "ADDRESS",
		"HOST:PORT, [HOST]:PORT, :PORT or unix:/PATH, at most 16 times; HOST is an IP address, /PATH at most 107 bytes",
		"listen on HOST:PORT, [HOST]:PORT, :PORT or unix:/PATH, a Unix socket of mode 0660 (default 127.0.0.1:10053); repeatable",
		take_listen },
	[OPT_SYSTEMD_SOCKET] = { "web.systemd-socket", 0, NULL, NULL,
		"listen on the sockets that systemd passes",
		take_systemd_socket },
	[OPT_WEB_CONFIG] = { "web.config.file", 0, "FILE",
		"a readable file, see v7scope-serve(1)",
		"TLS, users and headers, in the format of Prometheus exporters",
		take_web_config },
	[OPT_ALLOWED_HOSTS] = { "web.allowed-hosts", 0, "HOSTS",
		"NAME,... without ports, for example board.example,*.lan; or *",
		"names under which clients may ask, as NAME,... or *.NAME, besides addresses, localhost and the certificate's names; * allows every name",
		take_allowed_hosts },
	[OPT_LOG_FORMAT] = { "log.format", 0, "LOG",
		"text or json",
		"format of the lines on standard error: text (default), or json, an object with time, level and message",
		take_log_format },
	[OPT_SANDBOX] = { "sandbox", 0, "HOW",
		"auto, require or off",
		"forbid system calls that serving does not need: auto (default: if the kernel can), require, off",
		take_sandbox },
	[OPT_MAX_DEVICES] = { "max-devices", 0, "DEVICES",
		"a number from 1 to 1024",
		"export DEVICES devices one by one (default 32; fleet: at most 3), and all others as one",
		take_max_devices },
	[OPT_METRICS_PROFILE] = { "metrics-profile", 0, "PROFILE",
		"full or fleet",
		"full: every metric (default); fleet: at most 250 series, for rules and dashboards",
		take_metrics_profile },
	[OPT_HISTORY] = { "history", 0, "PATH",
		"the name of a file",
		"keep the history in this file of 5.2 MiB, too, and load it at the start",
		take_history },
	[OPT_NO_FLUSHES] = { "no-flushes", 0, NULL, NULL,
		"do not count TLB flushes; counting them needs kprobes",
		take_no_flushes },
	[OPT_TEXTFILE] = { "textfile", 0, "NAME.prom",
		"a file whose name ends in .prom",
		"write to this file; the name ends in .prom",
		take_textfile },
	[OPT_LIMIT] = { "limit", 0, "LIMIT",
		"NAME=VALUE with a unit, see `v7scope help check`",
		"NAME=VALUE, for example hold_max=2ms: replace a default limit",
		take_limit },
	[OPT_COMPARE] = { "compare", 0, "FILE",
		"a readable file with a verdict as JSON",
		"compare this verdict with a second FILE: report regressions and improvements",
		take_compare },
	[OPT_SOURCE] = { "source", 0, "SOURCE",
		"bpf, ftrace, fentry or kprobe",
		"bpf: the events of the kernel patches; ftrace: the same events, without BPF; fentry, kprobe: for kernels without the patches (default: the first that works)",
		take_source },
	[OPT_BOOT] = { "boot", 0, "[=INSTANCE]",
		"no value, or the name of a tracefs instance, as in --boot=NAME",
		"begin with the events traced since boot (source ftrace)",
		take_boot },
	[OPT_BUFFER] = { "buffer", 0, "KIB",
		"a number from 16 to 1048576",
		"trace buffer of each CPU in KiB, 16 to 1048576 (ftrace; default 1024)",
		take_buffer },
	[OPT_BTF] = { "btf", 0, "FILE",
		"a readable file with the kernel's BTF",
		"read the kernel's BTF from this file",
		take_btf },
	[OPT_JSON] = { "json", 0, NULL, NULL,
		"print one JSON object per line, see v7scope-json(5)",
		take_json },
	[OPT_TAP] = { "tap", 0, NULL, NULL,
		"print TAP (Test Anything Protocol), for prove",
		take_tap },
	[OPT_JUNIT] = { "junit", 0, NULL, NULL,
		"print JUnit's XML, for the reports of CI systems",
		take_junit },
	[OPT_VERBOSE] = { "verbose", 'v', NULL, NULL,
		"on failure, print what libbpf and the verifier report",
		take_verbose },
	[OPT_HELP] = { "help", 'h', NULL, NULL,
		"print this help",
		NULL },
};

static bool has(const struct cmd *cmd, unsigned int opt)
{
	return cmd->opts >> opt & 1;
}

static bool value_is_optional(const struct opt *opt)
{
	return opt->value && opt->value[0] == '[';
}

/* An option and its text, folded at words. */
static void put_option(FILE *f, const char *left, const char *text)
{
	const int column = 26, width = 80 - column - 1;
	int n;

	fprintf(f, "%-*s", column, left);
	if ((int)strlen(left) > column - 1)
		fprintf(f, "\n%*s", column, "");
	while ((int)strlen(text) > width) {
		for (n = width; n > 0 && text[n] != ' '; n--)
			;
		fprintf(f, " %.*s\n%*s", n, text, column, "");
		text += n + 1;
	}
	fprintf(f, " %s\n", text);
}

void opts_help(const struct cmd *cmd, FILE *f)
{
	char left[48];
	unsigned int i;

	/* report takes a file and a verb; its help is written out. */
	if (!strncmp(cmd->help, "usage:", 6)) {
		fputs(cmd->help, f);
		return;
	}
	fprintf(f, "usage: v7scope %s [OPTION]...%s\n%s\n\n", cmd->name,
		has(cmd, OPT_COMMAND) ? " [-- CMD [ARG]...]" : "", cmd->help);
	for (i = 0; i < OPTS; i++) {
		const struct opt *opt = &table[i];

		if (!has(cmd, i))
			continue;
		snprintf(left, sizeof(left), "  %c%c%c --%s%s%s",
			 opt->letter ? '-' : ' ', opt->letter ? opt->letter : ' ',
			 opt->letter ? ',' : ' ', opt->name,
			 !opt->value || value_is_optional(opt) ? "" : " ",
			 opt->value ? opt->value : "");
		put_option(f, left, opt->help);
	}
	if (has(cmd, OPT_COMMAND))
		put_option(f, "  -- CMD [ARG]...",
			   "run CMD, and stop when CMD ends");
	if (cmd->notes)
		fprintf(f, "\n%s", cmd->notes);
}

/* The options of @cmd in the form of getopt_long(). */
static void tell_getopt(const struct cmd *cmd, char *letters,
			struct option *options)
{
	unsigned int i;

	letters += sprintf(letters, "+:");
	for (i = 0; i < OPTS; i++) {
		if (!has(cmd, i))
			continue;
		*options++ = (struct option){
			.name = table[i].name,
			.has_arg = value_is_optional(&table[i]) ?
				   optional_argument :
				   table[i].value ? required_argument
						  : no_argument,
			.val = 256 + i,
		};
		if (table[i].letter)
			letters += sprintf(letters, "%c%s", table[i].letter,
					   table[i].value ? ":" : "");
	}
	*options = (struct option){ 0 };
}

static unsigned int by_letter(const struct cmd *cmd, int letter)
{
	unsigned int i;

	for (i = 0; i < OPTS; i++)
		if (has(cmd, i) && table[i].letter == letter)
			break;
	return i;
}

int opts_bad(const struct cmd *cmd, int c, char **argv)
{
	const char *arg = argv[optind - 1];

	/* getopt_long() leaves optopt 0 for a long option it does not know. */
	if (c == ':')
		err_print("%s: option '%s' needs a value, see `v7scope help %s`",
			  cmd->name, arg, cmd->name);
	else if (optopt && strncmp(arg, "--", 2))
		err_print("%s: unknown option '-%c', see `v7scope help %s`",
			  cmd->name, optopt, cmd->name);
	else if (optopt)
		err_print("%s: option '%s' takes no value, see `v7scope help %s`",
			  cmd->name, arg, cmd->name);
	else
		err_print("%s: unknown option '%s', see `v7scope help %s`",
			  cmd->name, arg, cmd->name);
	return EXIT_USAGE;
}

/* --compare takes two files; the second one may stand anywhere. */
static bool is_file(const struct cmd *cmd, int argc, char **argv,
		    const struct opts *o)
{
	return has(cmd, OPT_COMPARE) && o->compare[0] && !o->compare[1] &&
	       optind < argc && strcmp(argv[optind - 1], "--");
}

static int bad_value(const struct cmd *cmd, unsigned int i, const char *value)
{
	err_print("%s: --%s takes %s, not '%s'", cmd->name, table[i].name,
		 table[i].takes, value);
	return EXIT_USAGE;
}

int opts_parse(const struct cmd *cmd, int argc, char **argv, struct opts *o)
{
	struct option options[OPTS + 1];
	char letters[2 * OPTS + 3];
	unsigned int i;
	int c;

	thresholds_set(&o->limits);
	tell_getopt(cmd, letters, options);
	for (;;) {
		c = getopt_long(argc, argv, letters, options, NULL);
		if (c == -1 && is_file(cmd, argc, argv, o)) {
			if (!take_compare(o, argv[optind]))
				return bad_value(cmd, OPT_COMPARE, argv[optind]);
			optind++;
			continue;
		}
		if (c == -1)
			break;
		if (c == '?' || c == ':')
			return opts_bad(cmd, c, argv);
		i = c >= 256 ? (unsigned int)c - 256 : by_letter(cmd, c);
		if (i == OPT_HELP) {
			opts_help(cmd, stdout);
			return err_stdout_status();
		}
		if (!table[i].take(o, optarg))
			return bad_value(cmd, i, optarg);
	}
	/* Only ftrace has buffers that were filled since boot. */
	if (o->want.boot && o->source && strcmp(o->source, "ftrace")) {
		err_print("%s: --boot needs --source ftrace, not %s, see `v7scope help %s`",
			  cmd->name, o->source, cmd->name);
		return EXIT_USAGE;
	}
	if (o->want.boot)
		o->source = "ftrace";
	if (o->metrics == METRICS_FLEET && o->max_devices > METRICS_FLEET_DEVICES) {
		err_print("%s: --metrics-profile fleet exports at most %d devices, see `v7scope help %s`",
			  cmd->name, METRICS_FLEET_DEVICES, cmd->name);
		return EXIT_USAGE;
	}
	if (optind < argc && strcmp(argv[optind - 1], "--")) {
		err_print("%s: unexpected argument '%s'; %ssee `v7scope help %s`",
			  cmd->name, argv[optind], has(cmd, OPT_COMMAND) ?
			  "put a command after --, " : "", cmd->name);
		return EXIT_USAGE;
	}
	if (strcmp(argv[optind - 1], "--"))
		return -1;
	if (!has(cmd, OPT_COMMAND)) {
		err_print("%s cannot run a command: start the command on another terminal, see `v7scope help %s`",
			  cmd->name, cmd->name);
		return EXIT_USAGE;
	}
	if (optind == argc) {
		err_print("%s: no command after --", cmd->name);
		return EXIT_USAGE;
	}
	o->command = &argv[optind];
	return -1;
}

int opts_file(const struct cmd *cmd, int *argc, char ***argv, struct opts *o)
{
	const char *file = *argc > 1 ? (*argv)[1] : "";

	if (!strcmp(file, "--help") || !strcmp(file, "-h")) {
		fputs(cmd->help, stdout);
		return err_stdout_status();
	}
	if (!*file || (*file == '-' && file[1])) {
		err_print("%s: the first argument must be FILE, see `v7scope help %s`",
			  cmd->name, cmd->name);
		return EXIT_USAGE;
	}
	if (strcmp(file, "-") && access(file, R_OK)) {
		err_print("%s: cannot read '%s': %s, see `v7scope help %s`",
			 cmd->name, file, strerror(errno), cmd->name);
		return EXIT_USAGE;
	}
	o->want.file = file;
	++*argv;
	--*argc;
	return -1;
}
