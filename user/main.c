// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "err.h"

static const struct cmd *const cmds[] = { &cmd_stat, &cmd_doctor };

static const struct cmd *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(cmds) / sizeof(*cmds); i++)
		if (!strcmp(cmds[i]->name, name))
			return cmds[i];
	return NULL;
}

static void usage(FILE *f)
{
	size_t i;

	fputs("usage: v7scope VERB [OPTION]...\n"
	      "Shows what the kernel's lockless I/O page tables do.\n\n", f);
	for (i = 0; i < sizeof(cmds) / sizeof(*cmds); i++)
		fprintf(f, "  %-16s %s\n", cmds[i]->name, cmds[i]->what);
	fputs("  help VERB        the options of a verb\n"
	      "  --help, --version\n", f);
}

int bad_option(const struct cmd *cmd, int c, char **argv)
{
	const char *arg = argv[optind - 1];

	/* getopt_long() leaves optopt 0 for a long option it does not know. */
	if (c == ':')
		complain("%s: option '%s' wants a value, see `v7scope help %s`",
		     cmd->name, arg, cmd->name);
	else if (optopt && strncmp(arg, "--", 2))
		complain("%s: there is no option '-%c', see `v7scope help %s`",
		     cmd->name, optopt, cmd->name);
	else if (optopt)
		complain("%s: option '%s' takes no value, see `v7scope help %s`",
		     cmd->name, arg, cmd->name);
	else
		complain("%s: there is no option '%s', see `v7scope help %s`",
		     cmd->name, arg, cmd->name);
	return EXIT_USAGE;
}

static int help(int argc, char **argv)
{
	const struct cmd *cmd;

	if (argc < 2) {
		usage(stdout);
		return stdout_status();
	}
	cmd = find(argv[1]);
	if (!cmd || argc > 2) {
		complain("help: there is no verb '%s', see `v7scope --help`",
		     argv[cmd ? 2 : 1]);
		return EXIT_USAGE;
	}
	fputs(cmd->help, stdout);
	return stdout_status();
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
		return stdout_status();
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help(1, argv);
	if (!strcmp(argv[1], "help"))
		return help(argc - 1, argv + 1);
	cmd = find(argv[1]);
	if (!cmd) {
		complain("there is no verb '%s', see `v7scope --help`", argv[1]);
		return EXIT_USAGE;
	}
	return cmd->run(argc - 1, argv + 1);
}
