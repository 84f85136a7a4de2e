// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Test that the sandbox forbids and allows the right calls, as TAP: not one of the unit tests, since it
 * runs in guests, too, on the architecture and the kernel that a board has.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <linux/bpf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "http/sandbox.h"

/* Larger than any pid. */
enum { NO_TASK = 4200000 };

static unsigned int tests, failed;

static void ok(bool passed, const char *name)
{
	tests++;
	failed += !passed;
	printf("%sok %u - %s\n", passed ? "" : "not ", tests, name);
}

/* The call is made once; its errno is what it is about. */
#define REFUSED(why, call) do {						\
	errno = 0;							\
	long ret_ = (long)(call);					\
	ok(ret_ == -1 && errno == EPERM, "refused: " #call ": " why);	\
} while (0)

#define ALLOWED(why, call) do {						\
	errno = 0;							\
	long ret_ = (long)(call);					\
	ok(ret_ != -1, "allowed: " #call ": " why);			\
} while (0)

static int bpf(int cmd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	return syscall(SYS_bpf, cmd, &attr, sizeof(attr));
}

int main(void)
{
	static char *const argv[] = { "/bin/true", NULL };
	const struct itimerspec at = { .it_value.tv_nsec = 1 };
	struct timespec t = { 0, 1 };
	struct rlimit limit;
	char page[64];
	struct stat st;
	int timer = timerfd_create(CLOCK_MONOTONIC, 0), pair[2];
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t n;

	setbuf(stdout, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 1;
	if (sandbox_enter(SANDBOX_REQUIRE))
		return 1;
	ok(prctl(PR_GET_SECCOMP) == -1 && errno == EPERM,
	   "the filter is there");

	REFUSED("a new socket could reach other hosts",
		socket(AF_INET, SOCK_STREAM, 0));
	REFUSED("a new socket could reach other hosts",
		socket(AF_INET6, SOCK_DGRAM, 0));
	REFUSED("a new socket could reach other hosts",
		socket(AF_NETLINK, SOCK_RAW, 0));
	REFUSED("a new socket could reach other hosts",
		bind(pair[0], NULL, 0));
	REFUSED("a new socket could reach other hosts",
		connect(pair[0], NULL, 0));
	REFUSED("an attacker would start a program",
		execve(argv[0], argv, NULL));
	REFUSED("an attacker would start a program",
		syscall(SYS_execveat, AT_FDCWD, argv[0], argv, NULL, 0));
	REFUSED("an attacker would start a program",
		fork());
	REFUSED("a namespace gives new privileges",
		syscall(SYS_unshare, 0x10000000));
	REFUSED("a namespace gives new privileges",
		syscall(SYS_setns, 0, 0));
	REFUSED("ptrace reads and changes processes",
		ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	REFUSED("signals could end other processes",
		kill(getpid(), 0));
	REFUSED("only whether a task exists is asked",
		syscall(SYS_tkill, getpid(), SIGCONT));
	REFUSED("abort() ends only ourselves",
		syscall(SYS_tgkill, getppid(), getppid(), SIGCONT));
	REFUSED("files are only read",
		open("/dev/null", O_WRONLY));
	REFUSED("files are only read",
		open("/dev/null", O_RDWR));
	REFUSED("files are only read",
		open("/tmp/v7scope-forbidden", O_RDONLY | O_CREAT, 0600));
	REFUSED("files are only read",
		open("/dev/null", O_RDONLY | O_TRUNC));
	REFUSED("files are only read",
		unlink("/tmp/v7scope-forbidden"));
	REFUSED("files are only read",
		rename("/tmp/v7scope-forbidden", "/tmp/v7scope-forbidden2"));
	REFUSED("files are only read",
		mkdir("/tmp/v7scope-forbidden", 0700));
	REFUSED("files are only read",
		chmod("/dev/null", 0666));
	REFUSED("relative names would mean other files",
		chdir("/"));
	REFUSED("a mount replaces files",
		syscall(SYS_mount, "a", "b", "c", 0, NULL));
	REFUSED("new code could run",
		mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	REFUSED("new code could run",
		mprotect(map, 4096, PROT_READ | PROT_EXEC));
	REFUSED("all programs are loaded before",
		bpf(BPF_PROG_LOAD));
	REFUSED("all maps are created before",
		bpf(BPF_MAP_CREATE));
	REFUSED("the programs' maps are only read",
		bpf(BPF_MAP_UPDATE_ELEM));
	REFUSED("all probes are attached before",
		syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0));
	REFUSED("TIOCSTI types into the terminal",
		ioctl(STDIN_FILENO, TIOCSTI, "x"));
	REFUSED("a limit protects the machine",
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 16, 16 }));
	REFUSED("privileges are dropped for good",
		setuid(0));
	REFUSED("prctl could make our memory readable",
		prctl(PR_SET_DUMPABLE, 1));
	REFUSED("the kernel could be changed",
		syscall(SYS_init_module, NULL, 0, ""));
	REFUSED("the keys of the kernel are not ours",
		syscall(SYS_add_key, "user", "a", "b", 1, -1));

	ALLOWED("metrics of our own process",
		open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
	ALLOWED("metrics of our own process",
		read(open("/proc/self/stat", O_RDONLY), page, sizeof(page)));
	ALLOWED("the files of TLS and passwords may change",
		stat("/proc/self/stat", &st));
	ALLOWED("malloc protects its arenas",
		mprotect(map, 4096, PROT_READ));
	ALLOWED("malloc",
		mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	ALLOWED("answers to clients",
		write(pair[0], "x", 1));
	ALLOWED("requests of clients",
		ioctl(pair[1], FIONREAD, &n));
	ALLOWED("requests of clients",
		recv(pair[1], page, 1, 0));
	ALLOWED("the end of a connection",
		shutdown(pair[0], SHUT_RDWR));
	ALLOWED("intervals",
		timerfd_settime(timer, 0, &at, NULL));
	ALLOWED("waiting for events",
		ppoll(NULL, 0, &t, NULL));
	ALLOWED("waiting for events",
		poll(NULL, 0, 1));
	ALLOWED("metrics of our own process",
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t));
	ALLOWED("TLS",
		syscall(SYS_getrandom, page, sizeof(page), 0));
	ALLOWED("metrics of our own process",
		getrlimit(RLIMIT_NOFILE, &limit));
	ALLOWED("serve --tasks looks whether a task has ended",
		syscall(SYS_tkill, getppid(), 0));
	ALLOWED("serve --tasks looks whether a task has ended",
		syscall(SYS_tgkill, getppid(), getppid(), 0));
	ALLOWED("abort()",
		syscall(SYS_tgkill, getpid(), gettid(), SIGCONT));
	errno = 0;
	ok(syscall(SYS_tkill, NO_TASK, 0) == -1 && errno == ESRCH,
	   "a task that has ended is found");
	errno = 0;
	ok(bpf(BPF_MAP_LOOKUP_ELEM) == -1 && errno != ENOSYS,
	   "a map may be read, if it is one");
	printf("1..%u\n", tests);
	return failed != 0;
}
