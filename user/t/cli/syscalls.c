// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * syscalls FILE CMD...: runs CMD, and writes to FILE what CMD asks the kernel to do
 * with files, one system call per line, with its result:
 *
 *   open PATH FLAGS = FD    sync FD = 0    rename FROM TO = 0    close FD = 0
 *
 * FLAGS are those of O_EXCL, O_TRUNC and O_CREAT that were given. Exit status: that
 * of CMD; 77: this kernel does not let us trace.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_TRACE = 77 };

static const char *text_at(pid_t pid, uint64_t address)
{
	static char texts[2][4096];
	static int n;
	char *text = texts[n++ % 2];
	size_t i = 0;

	/* Byte by byte: the text may end where the memory does. */
	while (i < sizeof(texts[0]) - 1) {
		struct iovec here = { text + i, 1 };
		struct iovec there = { (void *)(uintptr_t)(address + i), 1 };

		if (process_vm_readv(pid, &here, 1, &there, 1, 0) != 1 || !text[i])
			break;
		i++;
	}
	text[i] = 0;
	return text;
}

static const char *flags_of(uint64_t flags)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s%s%s", flags & O_CREAT ? " O_CREAT" : "",
		 flags & O_EXCL ? " O_EXCL" : "", flags & O_TRUNC ? " O_TRUNC" : "");
	return text;
}

/* Describe a call when it is made; empty: it is of no interest. */
static void describe(pid_t pid, const struct __ptrace_syscall_info *info, char *to, size_t size)
{
	const uint64_t *args = info->entry.args;

	*to = 0;
	switch (info->entry.nr) {
	case SYS_openat:
		snprintf(to, size, "open %s%s", text_at(pid, args[1]), flags_of(args[2]));
		break;
#ifdef SYS_open
	case SYS_open:
		snprintf(to, size, "open %s%s", text_at(pid, args[0]), flags_of(args[1]));
		break;
#endif
#ifdef SYS_rename
	case SYS_rename:
		snprintf(to, size, "rename %s %s", text_at(pid, args[0]), text_at(pid, args[1]));
		break;
#endif
#ifdef SYS_renameat
	case SYS_renameat:
#endif
	case SYS_renameat2:
		snprintf(to, size, "rename %s %s", text_at(pid, args[1]), text_at(pid, args[3]));
		break;
	case SYS_fsync:
		snprintf(to, size, "sync %d", (int)args[0]);
		break;
	case SYS_close:
		snprintf(to, size, "close %d", (int)args[0]);
		break;
	}
}

/* The calls of one process; its children are not traced. */
static int trace(pid_t pid, FILE *out)
{
	struct __ptrace_syscall_info info;
	char call[2 * 4096 + 64] = "";
	int status, signal = 0;

	while (!ptrace(PTRACE_SYSCALL, pid, NULL, signal) && waitpid(pid, &status, 0) == pid &&
	       WIFSTOPPED(status)) {
		signal = WSTOPSIG(status);
		if (signal == SIGTRAP && status >> 16)
			signal = 0;	/* exec */
		if (signal != (SIGTRAP | 0x80))
			continue;
		signal = 0;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0)
			return CANNOT_TRACE;
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
			describe(pid, &info, call, sizeof(call));
		else if (info.op == PTRACE_SYSCALL_INFO_EXIT && *call)
			fprintf(out, "%s = %lld\n", call, (long long)info.exit.rval);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	int status, ret;
	FILE *out;
	pid_t pid;

	if (argc < 3)
		return 2;
	out = fopen(argv[1], "we");
	if (!out)
		return 2;
	pid = fork();
	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(CANNOT_TRACE);
		raise(SIGSTOP);
		execvp(argv[2], &argv[2]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 2;
	if (!WIFSTOPPED(status))
		return WEXITSTATUS(status);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL))
		return CANNOT_TRACE;
	ret = trace(pid, out);
	return fclose(out) ? 2 : ret;
}
