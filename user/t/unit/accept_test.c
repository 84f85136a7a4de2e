// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "http/accept.h"
#include "lib/util.h"

enum { TEXT, OPEN };

static const struct media media[] = {
	[TEXT] = { "text", "plain", "0.0.4" },
	[OPEN] = { "application", "openmetrics-text", "1.0.0" },
};

static void chosen(void **state)
{
	static const struct {
		const char *accept;
		size_t chosen;
	} tests[] = {
		{ NULL, TEXT }, { "", TEXT }, { ",,;q=", TEXT },
		{ "*/*", TEXT }, { "text/*", TEXT }, { "text/plain", TEXT },
		{ "application/*", OPEN },
		{ "application/openmetrics-text", OPEN },
		{ "APPLICATION/OpenMetrics-Text;Version=\"1.0.0\"", OPEN },
		{ "application/openmetrics-text; version=0.0.1", TEXT },
		{ "application/openmetrics-text; version=0.0.1, */*", TEXT },
		/* Prometheus 2.5, 2.42 and 3. */
		{ "application/openmetrics-text; version=0.0.1,text/plain;"
		  "version=0.0.4;q=0.5,*/*;q=0.1", TEXT },
		{ "application/openmetrics-text;version=1.0.0,application/"
		  "openmetrics-text;version=0.0.1;q=0.75,text/plain;version="
		  "0.0.4;q=0.5,*/*;q=0.1", OPEN },
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-"
		  "utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q="
		  "0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		  "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", OPEN },
		{ "application/vnd.google.protobuf;proto=io.prometheus.client."
		  "MetricFamily;encoding=delimited;q=0.7, text/plain;q=0.2",
		  TEXT },
		/* A browser. */
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;"
		  "q=0.8", TEXT },
		/* Weights. */
		{ "text/plain;q=0.5, application/openmetrics-text;q=0.499",
		  TEXT },
		{ "text/plain;q=0.499, application/openmetrics-text;q=0.5",
		  OPEN },
		{ "text/plain, application/openmetrics-text", OPEN },
		{ "*/*, application/openmetrics-text;q=0.9", TEXT },
		{ "text/plain;q=0, application/openmetrics-text;q=0.001",
		  OPEN },
		{ "application/openmetrics-text;q=0, */*", TEXT },
		{ "text/plain;q=0, */*;q=0.1", OPEN },
		/* Invalid weights count as 0. */
		{ "application/openmetrics-text;q=2", TEXT },
		{ "application/openmetrics-text;q=x, text/plain", TEXT },
		{ "application/openmetrics-text;q=-1, text/plain;q=0.1", TEXT },
		{ "application/openmetrics-text;q=1.0000000, text/plain;q=0.9",
		  OPEN },
		/* A comma between quotes divides nothing. */
		{ "text/plain;x=\",application/openmetrics-text;q=1\";q=0.1",
		  TEXT },
		{ "a/b;x=\"\\\",\", application/openmetrics-text", OPEN },
		{ "application/openmetrics-text;version=\"1.0.0", TEXT },
		{ "/", TEXT }, { "*", TEXT }, { "application", TEXT },
		{ "\"", TEXT }, { "a/b;\"\\", TEXT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (accept_choose(tests[i].accept, media, 2) != tests[i].chosen)
			fail_msg("%s", tests[i].accept ? tests[i].accept : "-");
}

static void encodings(void **state)
{
	static const struct {
		const char *accept;
		bool gzip;
	} tests[] = {
		{ NULL, false }, { "", false }, { "gzip", true },
		{ "GZIP;q=0.1", true }, { "gzip;q=0", false },
		{ "gzip;q=0.000", false }, { "deflate, gzip, br", true },
		{ "br;q=1.0, gzip ; q=0.8, *;q=0.1", true },
		{ "xgzip, gzipx", false }, { "identity", false },
		{ "deflate;q=0,gzip", true }, { "*", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		if (accept_encoding(tests[i].accept, "gzip") != tests[i].gzip)
			fail_msg("%s", tests[i].accept ? tests[i].accept : "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen),
		cmocka_unit_test(encodings),
	};

	return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
