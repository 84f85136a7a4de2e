// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/util.h"
#include "cmd.h"
#include "opts.h"

static const struct cmd *const cmds[] = { 
	&cmd_top, &cmd_stat, &cmd_hist, &cmd_trace, &cmd_flush, &cmd_record,
	&cmd_report, &cmd_convert, &cmd_check, &cmd_serve, &cmd_export,
	&cmd_doctor
};

static const struct cmd *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		if (!strcmp(cmds[i]->name, name))
			return cmds[i];
	return NULL;
}

static void usage(FILE *f)
{
	size_t i;

	fputs("usage: v7scope VERB [OPTION]...\n"
	      "Shows what the kernel's lockless I/O page tables do.\n\n", f);
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		fprintf(f, "  %-16s %s\n", cmds[i]->name, cmds[i]->what);
	fputs("  help VERB        the options of a verb\n"
	      "  --help, --version\n", f);
}

static int help(int argc, char **argv)
{
	const struct cmd *cmd;

	if (argc < 2) {
		usage(stdout);
		return err_stdout_status();
	}
	cmd = find(argv[1]);
	if (!cmd || argc > 2) {
		err_print("help: there is no verb '%s', see `v7scope --help`",
		     argv[cmd ? 2 : 1]);
		return EXIT_USAGE;
	}
	if (cmd->opts)
		opts_help(cmd, stdout);
	else
		fputs(cmd->help, stdout);
	return err_stdout_status();
}

int main(int argc, char **argv)
{
	const struct cmd *cmd;

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("v7scope " VERSION);
		return err_stdout_status();
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help(1, argv);
	if (!strcmp(argv[1], "help"))
		return help(argc - 1, argv + 1);
	cmd = find(argv[1]);
	if (!cmd) {
		err_print("there is no verb '%s', see `v7scope --help`", argv[1]);
		return EXIT_USAGE;
	}
	return cmd->run(argc - 1, argv + 1);
}
