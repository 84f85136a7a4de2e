// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <string.h>
#include <sys/un.h>

#include "fuzz.h"
#include "http/listen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_string(data, size);
	const struct sockaddr_un *un;
	struct listen_at at;

	if (!listen_parse(s, &at) && (!at.len || at.len > sizeof(at.addr)))
		abort();
	un = (const struct sockaddr_un *)&at.addr;
	if (at.addr.ss_family == AF_UNIX &&
	    (at.len > sizeof(*un) || *un->sun_path != '/' ||
	     strnlen(un->sun_path, sizeof(un->sun_path)) + 1 !=
	     at.len - offsetof(struct sockaddr_un, sun_path)))
		abort();
	free(s);
	return 0;
}
