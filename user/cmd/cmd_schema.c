// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/unpack.h"
#include "output/schema.h"
#include "cmd.h"

/* schema.json defines each verb that prints JSON under the name of the verb. */
static const char verbs[] = " top stat hist trace flush fault explain record report check serve doctor ";

static bool has_schema(const char *verb)
{
	char word[16];

	if (strlen(verb) > sizeof(word) - 3 || strchr(verb, ' '))
		return false;
	sprintf(word, " %s ", verb);
	return *verb && strstr(verbs, word);
}

/* Prints @text with @verb in each place of the word VERB. */
static void put(const char *text, size_t len, const char *verb)
{
	const char *const end = text + len, *at;

	while ((at = memmem(text, end - text, "VERB", 4))) {
		fwrite(text, 1, at - text, stdout);
		fputs(verb, stdout);
		text = at + 4;
	}
	fwrite(text, 1, end - text, stdout);
}

static int schema_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help",	no_argument,	NULL, 'h' },
		{ 0 }
	};
	size_t len;
	char *text;
	int c = getopt_long(argc, argv, "+:h", options, NULL);

	if (c == 'h') {
		fputs(cmd_schema.help, stdout);
		return err_stdout_status();
	}
	if (c != -1)
		return opts_bad(&cmd_schema, c, argv);
	if (argc - optind != 1) {
		err_print("schema: %s, see `v7scope help schema`",
			  argc == optind ? "a verb is missing" : "more than one verb");
		return EXIT_USAGE;
	}
	if (!has_schema(argv[optind])) {
		err_print("schema: '%s' prints no JSON; the verbs that do are listed by `v7scope help schema`",
			  argv[optind]);
		return EXIT_USAGE;
	}
	text = unpack(schema_gz, schema_gz_size, &len);
	if (!text) {
		err_print("schema: out of memory");
		return EXIT_RUNTIME;
	}
	put(text, len, argv[optind]);
	free(text);
	return err_stdout_status();
}

const struct cmd cmd_schema = {
	.name	= "schema",
	.what	= "print the JSON Schema of a verb's JSON",
	.help	=
	"usage: v7scope schema VERB\n"
	"Prints the JSON Schema (draft 2020-12) of each line that VERB prints as JSON.\n"
	"For serve, the schema describes a snapshot, and the data of an alarm.\n"
	"VERB is top, stat, hist, trace, flush, fault, explain, record, report, check,\n"
	"serve or doctor.\n"
	"\n"
	"  -h, --help  print this help\n",
	.run	= schema_run,
};
