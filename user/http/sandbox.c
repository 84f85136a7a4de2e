// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/err.h"
#include "lib/landlock.h"
#include "lib/util.h"
#include "sandbox.h"

/* Fails if @how requires @what, which cannot be restricted. */
static int without(enum sandbox how, const char *what, const char *why)
{
	if (how == SANDBOX_REQUIRE) {
		err_print("cannot restrict %s, as --sandbox require demands: %s", what, why);
		return -1;
	}
	err_warn("continuing without restricting %s: %s", what, why);
	return 0;
}

/*
 * Folders that serve uses after the start: /proc for its own figures and the names of
 * tasks; the list of CPUs online; the CAs that a reloaded configuration needs to verify
 * clients. serve removes its tracefs instance at the end.
 */
static const struct landlock_folder own_folders[] = {
	{ .path = "/proc" },
	{ .path = "/sys/devices/system/cpu" },
	{ .path = "/etc/ssl/certs" },
	{ .path = "/usr/lib/ssl" },
	{ .path = "/usr/share/ca-certificates" },
	{ .path = "/sys/kernel/tracing", .rmdir = true },
	{ .path = "/sys/kernel/debug/tracing", .rmdir = true },
};

static bool is_same(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* In these folders, files of other programs would stay readable. */
static void warn_of_wide(const char *const *folders, size_t n)
{
	static const char *const wide[] = { "/", "/etc" };
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(wide); k++)
		for (i = 0; i < n; i++) {
			if (!is_same(folders[i], wide[k]))
				continue;
			err_warn("serve can still read every file below %s that its user can: move the files of --web.config.file to a folder of their own", wide[k]);
			break;
		}
}

static int restrict_files(const char *const *folders, size_t n)
{
	enum { OWN = ARRAY_SIZE(own_folders), ROOM = 16 };
	struct landlock_folder all[OWN + ROOM];
	size_t i;

	if (!landlock_abi())
		return 0;
	warn_of_wide(folders, n);
	memcpy(all, own_folders, sizeof(own_folders));
	for (i = 0; i < n && i < ROOM; i++)
		all[OWN + i] = (struct landlock_folder){ .path = folders[i] };
	return landlock_enter(all, OWN + i);
}

#if WITH_SECCOMP
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <linux/seccomp.h>
#include <seccomp.h>
#include <unistd.h>

/*
 * The names of all architectures: allow() skips a name that this architecture lacks,
 * or libseccomp does not know. On 32-bit Arm each call that takes a time has a
 * second name, with 64-bit time, which glibc tries first.
 */
static const char *const allowed[] = {
	/* open files */
	"read", "readv", "pread64", "write", "writev", "pwrite64", "close",
	"lseek", "_llseek", "fstat", "fstat64", "dup",
	/* the recording in memory */
	"ftruncate", "ftruncate64",
	/* file names */
	"stat", "stat64", "newfstatat", "fstatat64", "statx", "access",
	"faccessat", "faccessat2", "readlink", "readlinkat", "getdents64",
	/* connections */
	"accept", "accept4", "recvfrom", "recvmsg", "sendto", "sendmsg",
	"shutdown", "getsockname", "getpeername", "getsockopt", "setsockopt",
	/* waiting */
	"epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "poll",
	"ppoll", "ppoll_time64", "timerfd_settime", "timerfd_settime64",
	"nanosleep", "clock_nanosleep", "clock_nanosleep_time64",
	"restart_syscall", "futex", "futex_time64",
	/* clocks */
	"clock_gettime", "clock_gettime64", "clock_getres",
	"clock_getres_time64", "gettimeofday", "time",
	/* memory; see rules[] for mapping */
	"brk", "munmap", "mremap", "madvise",
	/* the process and the machine */
	"getpid", "gettid", "getppid", "getuid", "geteuid", "getgid",
	"getegid", "getrusage", "getrlimit", "ugetrlimit", "uname", "sysinfo",
	"getrandom", "getcpu",
	/* running on each CPU once, to read the event stream */
	"membarrier", "sched_getaffinity", "sched_yield",
	/* signals; see load() for those of abort() */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"exit", "exit_group",
};

/* System calls allowed with some arguments only. */
static const struct rule {
	const char *name;
	struct scmp_arg_cmp arg[2];
	unsigned int args;
} rules[] = {
#define MASKED(n, mask) { { n, SCMP_CMP_MASKED_EQ, mask, 0 } }, 1
#define EQUAL(n, value) { { n, SCMP_CMP_EQ, value, 0 } }, 1
#define FCNTL(cmd) { "fcntl", EQUAL(1, cmd) }, { "fcntl64", EQUAL(1, cmd) }
	/* Not F_SETOWN and F_SETSIG: they send any signal to any process. */
	FCNTL(F_GETFD), FCNTL(F_SETFD), FCNTL(F_GETFL), FCNTL(F_SETFL),
	FCNTL(F_DUPFD), FCNTL(F_DUPFD_CLOEXEC),
	/* No executable memory: a static program loads no code. */
	{ "mmap",	MASKED(2, PROT_EXEC) },
	{ "mmap2",	MASKED(2, PROT_EXEC) },
	{ "mprotect",	MASKED(2, PROT_EXEC) },
	/* Open for reading only. */
	{ "open",	MASKED(1, O_ACCMODE | O_CREAT | O_TRUNC) },
	{ "openat",	MASKED(2, O_ACCMODE | O_CREAT | O_TRUNC) },
	/* Remove our tracefs instance at the end. */
	{ "unlinkat",	EQUAL(2, AT_REMOVEDIR) },
	/* Read maps and program statistics. */
	{ "bpf",	EQUAL(0, BPF_MAP_LOOKUP_ELEM) },
	{ "bpf",	EQUAL(0, BPF_MAP_GET_NEXT_KEY) },
	{ "bpf",	EQUAL(0, BPF_OBJ_GET_INFO_BY_FD) },
	/* Count readable bytes; disable a probe. */
	{ "ioctl",	EQUAL(1, FIONREAD) },
	{ "ioctl",	EQUAL(1, PERF_EVENT_IOC_DISABLE) },
	/* Signal 0 only: find out whether a task has ended. */
	{ "tkill",	EQUAL(1, 0) },
	{ "tgkill",	EQUAL(2, 0) },
	/* Move no other process to another CPU. */
	{ "sched_setaffinity", EQUAL(0, 0) },
	/* Our own limits only. */
	{ "prlimit64",	EQUAL(2, 0) },
};

/* A name that is not known here has no number that could be called. */
static int allow(scmp_filter_ctx ctx, const char *name, unsigned int args,
		 const struct scmp_arg_cmp *arg)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, args, arg);
}

static int load(void)
{
	/* abort() sends a signal to ourselves, and to nobody else. */
	const struct scmp_arg_cmp own = { 0, SCMP_CMP_EQ, getpid(), 0 };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = ctx ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; !err && i < ARRAY_SIZE(allowed); i++)
		err = allow(ctx, allowed[i], 0, NULL);
	for (i = 0; !err && i < ARRAY_SIZE(rules); i++)
		err = allow(ctx, rules[i].name, rules[i].args, rules[i].arg);
	if (!err)
		err = allow(ctx, "tgkill", 1, &own);
	if (!err)
		err = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	return err;
}

static int restrict_calls(enum sandbox how)
{
	int err;

	/* A NULL filter: EFAULT if the kernel supports filters. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) &&
	    errno != EFAULT)
		return without(how, "system calls", "this kernel is built without CONFIG_SECCOMP_FILTER");
	err = load();
	return err ? without(how, "system calls", strerror(-err)) : 0;
}

#else

static int restrict_calls(enum sandbox how)
{
	return without(how, "system calls", "this v7scope was built without seccomp (WITH_SECCOMP=0)");
}

#endif

int sandbox_enter(enum sandbox how, const char *const *folders, size_t n)
{
	int err;

	if (how == SANDBOX_OFF)
		return 0;
	err = restrict_files(folders, n);
	if (err && without(how, "files", strerror(-err)))
		return -1;
	return restrict_calls(how);
}
