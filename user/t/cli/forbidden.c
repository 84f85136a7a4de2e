// SPDX-License-Identifier: GPL-2.0
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

static unsigned int tests, failed;

static void ok(bool passed, const char *name)
{
	tests++;
	failed += !passed;
	printf("%sok %u - %s\n", passed ? "" : "not ", tests, name);
}

/* The call is made once; its errno is what it is about. */
#define REFUSED(call) do {						\
	errno = 0;							\
	long ret_ = (long)(call);					\
	ok(ret_ == -1 && errno == EPERM, "refused: " #call);		\
} while (0)

#define ALLOWED(call) do {						\
	errno = 0;							\
	long ret_ = (long)(call);					\
	ok(ret_ != -1, "allowed: " #call);				\
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

	REFUSED(socket(AF_INET, SOCK_STREAM, 0));
	REFUSED(socket(AF_INET6, SOCK_DGRAM, 0));
	REFUSED(socket(AF_NETLINK, SOCK_RAW, 0));
	REFUSED(bind(pair[0], NULL, 0));
	REFUSED(connect(pair[0], NULL, 0));
	REFUSED(execve(argv[0], argv, NULL));
	REFUSED(syscall(SYS_execveat, AT_FDCWD, argv[0], argv, NULL, 0));
	REFUSED(fork());
	REFUSED(syscall(SYS_unshare, 0x10000000));
	REFUSED(syscall(SYS_setns, 0, 0));
	REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	REFUSED(kill(getpid(), 0));
	REFUSED(open("/dev/null", O_WRONLY));
	REFUSED(open("/dev/null", O_RDWR));
	REFUSED(open("/tmp/v7scope-forbidden", O_RDONLY | O_CREAT, 0600));
	REFUSED(open("/dev/null", O_RDONLY | O_TRUNC));
	REFUSED(unlink("/tmp/v7scope-forbidden"));
	REFUSED(rename("/tmp/v7scope-forbidden", "/tmp/v7scope-forbidden2"));
	REFUSED(mkdir("/tmp/v7scope-forbidden", 0700));
	REFUSED(chmod("/dev/null", 0666));
	REFUSED(chdir("/"));
	REFUSED(syscall(SYS_mount, "a", "b", "c", 0, NULL));
	REFUSED(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	REFUSED(mprotect(map, 4096, PROT_READ | PROT_EXEC));
	REFUSED(bpf(BPF_PROG_LOAD));
	REFUSED(bpf(BPF_MAP_CREATE));
	REFUSED(bpf(BPF_MAP_UPDATE_ELEM));
	REFUSED(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0));
	REFUSED(ioctl(STDIN_FILENO, TIOCSTI, "x"));
	REFUSED(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 16, 16 }));
	REFUSED(setuid(0));
	REFUSED(prctl(PR_SET_DUMPABLE, 1));
	REFUSED(syscall(SYS_init_module, NULL, 0, ""));
	REFUSED(syscall(SYS_add_key, "user", "a", "b", 1, -1));

	ALLOWED(open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
	ALLOWED(read(open("/proc/self/stat", O_RDONLY), page, sizeof(page)));
	ALLOWED(stat("/proc/self/stat", &st));
	ALLOWED(mprotect(map, 4096, PROT_READ));
	ALLOWED(mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	ALLOWED(write(pair[0], "x", 1));
	ALLOWED(ioctl(pair[1], FIONREAD, &n));
	ALLOWED(recv(pair[1], page, 1, 0));
	ALLOWED(shutdown(pair[0], SHUT_RDWR));
	ALLOWED(timerfd_settime(timer, 0, &at, NULL));
	ALLOWED(ppoll(NULL, 0, &t, NULL));
	ALLOWED(poll(NULL, 0, 1));
	ALLOWED(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t));
	ALLOWED(syscall(SYS_getrandom, page, sizeof(page), 0));
	ALLOWED(getrlimit(RLIMIT_NOFILE, &limit));
	errno = 0;
	ok(bpf(BPF_MAP_LOOKUP_ELEM) == -1 && errno != ENOSYS,
	   "a map may be read, if it is one");
	printf("1..%u\n", tests);
	return failed != 0;
}
