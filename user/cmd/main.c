// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/util.h"
#include "cmd.h"
#include "opts.h"

static const struct cmd *const cmds[] = { 
	&cmd_top, &cmd_stat, &cmd_hist, &cmd_trace, &cmd_flush, &cmd_fault,
	&cmd_explain, &cmd_record, &cmd_report, &cmd_convert, &cmd_check,
	&cmd_serve, &cmd_export, &cmd_doctor, &cmd_schema
};

static const struct cmd *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		if (!strcmp(cmds[i]->name, name))
			return cmds[i];
	return NULL;
}

/* Letters to insert, delete or replace to turn @a into @b; short words only. */
static size_t distance(const char *a, const char *b)
{
	size_t row[16], n = strlen(b), i, j, diagonal, up;

	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		diagonal = row[0]++;
		for (j = 0; j < n; j++) {
			up = row[j + 1];
			row[j + 1] = diagonal + (a[i] != b[j]);
			if (up + 1 < row[j + 1])
				row[j + 1] = up + 1;
			if (row[j] + 1 < row[j + 1])
				row[j + 1] = row[j] + 1;
			diagonal = up;
		}
	}
	return row[n];
}

static int unknown_verb(const char *name)
{
	const char *best = NULL;
	size_t i, d, least = 3;

	for (i = 0; i < ARRAY_SIZE(cmds) && strlen(name) < 16; i++) {
		d = distance(name, cmds[i]->name);
		if (d < least && d < strlen(cmds[i]->name)) {
			least = d;
			best = cmds[i]->name;
		}
	}
	if (best)
		err_print("unknown verb '%s', did you mean '%s'? See `v7scope help`",
			  name, best);
	else
		err_print("unknown verb '%s', see `v7scope help`", name);
	return EXIT_USAGE;
}

static void usage(FILE *f)
{
	size_t i;

	fputs("usage: v7scope VERB [OPTION]...\n"
	      "Counts and times lockless updates of I/O page tables in the kernel.\n\n", f);
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		fprintf(f, "  %-10s %s\n", cmds[i]->name, cmds[i]->what);
	fputs("\n  help VERB    print the options of a verb\n"
	      "  -V, version  print the version\n", f);
}

static int version(void)
{
	puts("v7scope " VERSION);
	return err_stdout_status();
}

static int help(int argc, char **argv)
{
	const struct cmd *cmd;

	if (argc < 2) {
		usage(stdout);
		return err_stdout_status();
	}
	cmd = find(argv[1]);
	if (!cmd)
		return unknown_verb(argv[1]);
	if (argc > 2) {
		err_print("help: unexpected argument '%s', see `v7scope help`",
			  argv[2]);
		return EXIT_USAGE;
	}
	if (cmd->opts)
		opts_help(cmd, stdout);
	else
		fputs(cmd->help, stdout);
	return err_stdout_status();
}

static bool is_any(const char *s, const char *letter, const char *option,
		   const char *verb)
{
	return !strcmp(s, letter) || !strcmp(s, option) || !strcmp(s, verb);
}

int main(int argc, char **argv)
{
	const struct cmd *cmd;

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (is_any(argv[1], "-V", "--version", "version"))
		return version();
	if (is_any(argv[1], "-h", "--help", "help"))
		return help(strcmp(argv[1], "help") ? 1 : argc - 1, argv + 1);
	cmd = find(argv[1]);
	return cmd ? cmd->run(argc - 1, argv + 1) : unknown_verb(argv[1]);
}
