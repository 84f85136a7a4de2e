// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include "fuzz.h"
#include "http/webconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct webconfig *c = webconfig_parse("f", (const char *)data, size);
	size_t i;

	if (!c)
		return 0;
	for (i = 0; i < c->users; i++)
		if (c->user[i].cost < 4 || c->user[i].cost > 31 ||
		    strlen(c->user[i].hash.s) != 60)
			abort();
	for (i = 0; i < WEB_HEADERS; i++)
		if (c->header[i].s && strpbrk(c->header[i].s, "\r\n"))
			abort();
	if (c->tls.line && !c->tls.cert.file.line && !c->tls.cert.text.line)
		abort();
	webconfig_free(c);
	return 0;
}
