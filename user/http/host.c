// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "lib/num.h"
#include "host.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

static bool is_address(int family, const char *name)
{
	struct in6_addr any;

	return inet_pton(family, name, &any) == 1;
}

/* In [fe80::1%eth0], the interface is the client's. */
static bool take_v6(const char *header, size_t len, char name[HOST_NAME])
{
	if (len >= HOST_NAME)
		return false;
	memcpy(name, header, len);
	name[len] = 0;
	name[strcspn(name, "%")] = 0;
	return is_address(AF_INET6, name);
}

static bool take_name(const char *header, size_t len, char name[HOST_NAME])
{
	size_t i;

	if (len && header[len - 1] == '.')
		len--;
	if (!len || len >= HOST_NAME || *header == '.' || header[len - 1] == '.')
		return false;
	for (i = 0; i < len; i++)
		name[i] = header[i] >= 'A' && header[i] <= 'Z' ?
			  header[i] - 'A' + 'a' : header[i];
	name[len] = 0;
	return strspn(name, letters) == len && !strstr(name, "..");
}

bool host_name(const char *header, char name[HOST_NAME])
{
	const char *end;
	uint64_t port;

	if (*header == '[') {
		end = strchr(header, ']');
		if (!end || !take_v6(header + 1, end - header - 1, name))
			return false;
		end++;
	} else {
		end = header + strcspn(header, ":");
		if (!take_name(header, end - header, name))
			return false;
	}
	return !*end || (*end == ':' &&
			 (!end[1] || num_parse(end + 1, 0, UINT16_MAX, &port)));
}

bool host_is_fixed(const char *name)
{
	return !strcmp(name, "localhost") || is_address(AF_INET, name) ||
	       is_address(AF_INET6, name);
}

bool host_list_ok(const char *list)
{
	char name[HOST_NAME];
	size_t len;
	bool ok;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		ok = len == 1 && *list == '*';
		if (len > 2 && !memcmp(list, "*.", 2)) {
			list += 2;
			len -= 2;
		}
		if (!ok && (*list == '-' || !take_name(list, len, name)))
			return false;
		if (!list[len])
			return true;
	}
}

static bool matches(const char *name, const char *item, size_t len)
{
	const size_t all = strlen(name);

	/* The dot at the end of a full name; host_name() takes it away, too. */
	if (len && item[len - 1] == '.')
		len--;
	if (len == 1 && *item == '*')
		return true;
	if (*item == '*') {
		item++;
		len--;
		return all > len && !strncasecmp(name + all - len, item, len);
	}
	return all == len && !strncasecmp(name, item, len);
}

bool host_in_list(const char *name, const char *list)
{
	size_t len;

	for (; list; list = list[len] ? list + len + 1 : NULL) {
		len = strcspn(list, ",");
		if (matches(name, list, len))
			return true;
	}
	return false;
}
