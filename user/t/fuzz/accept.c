// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* The headers Accept and Accept-Encoding. */
#include "fuzz.h"
#include "http/accept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct media media[] = {
		{ "text", "plain", "0.0.4" },
		{ "application", "openmetrics-text", "1.0.0" },
		{ "text", "html", NULL },
	};
	char *s = fuzz_string(data, size);

	if (accept_choose(s, media, 3) > 2 ||
	    (accept_encoding(s, "gzip") && !strcasestr(s, "gzip") &&
	     !strchr(s, '*')))
		abort();
	free(s);
	return 0;
}
