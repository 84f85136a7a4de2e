// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "lib/caps.h"
#include "lib/err.h"
#include "libbpf_log.h"

/* The last messages: a rejected program comes with the verifier's whole log. */
static char said[4096];

static int listen(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	size_t len, keep, had = strlen(said);
	char *text, *end;

	if (level == LIBBPF_DEBUG || vasprintf(&text, fmt, ap) < 0)
		return 0;
	/* The end of the verifier's log has the reason of a rejection. */
	end = text;
	len = strlen(text);
	if (len > sizeof(said) / 2) {
		end += len - sizeof(said) / 2;
		len = sizeof(said) / 2;
	}
	keep = had < sizeof(said) - 1 - len ? had : sizeof(said) - 1 - len;
	memmove(said, said + had - keep, keep);
	memcpy(said + keep, end, len + 1);
	free(text);
	return 0;
}

void libbpf_log_start(void)
{
	said[0] = 0;
	libbpf_set_print(listen);
}

const char *libbpf_log_text(void)
{
	return said;
}

static void explain(const char *what, int err)
{
	if (err == EPERM && !caps_for_bpf())
		err_print("cannot %s: root, or CAP_BPF and CAP_PERFMON (before v5.8 CAP_SYS_ADMIN), is required; try sudo", what);
	else if (err == EPERM)
		err_print("cannot %s: not permitted in spite of all capabilities, by kernel lockdown, a container, or `ulimit -l` (before v5.11); see `v7scope doctor`", what);
	else if (err == ENOSYS)
		err_print("cannot %s: this kernel has no bpf() system call; build it with CONFIG_BPF_SYSCALL=y", what);
	else if (err == ENOMEM)
		err_print("cannot %s: the kernel is out of memory", what);
	else if (err == EACCES || err == EINVAL || err == E2BIG)
		err_print("cannot %s: this kernel's BPF verifier rejects the programs (%s); use v5.10 or later, without lockdown=confidentiality; -v prints its log",
			  what, strerror(err));
	else
		err_print("cannot %s: %s; -v prints more", what, strerror(err));
}

void libbpf_log_print(void)
{
	char *line, *save;

	for (line = strtok_r(said, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		err_print("%s", line);
}

void libbpf_log_explain(const char *what, int err, bool verbose)
{
	explain(what, err);
	if (verbose)
		libbpf_log_print();
}

void libbpf_log_explain_kprobe(const char *symbol, int err, bool verbose)
{
	if (err == ENOMEM)
		err_print("cannot attach a kprobe to %s: the kernel is out of memory", symbol);
	else
		err_print("cannot attach a kprobe to %s: %s; -v prints more, and the kernel's log may tell why", symbol, strerror(err));
	if (verbose)
		libbpf_log_print();
}
