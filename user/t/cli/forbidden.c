// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/*
 * Test that the sandbox forbids and allows the right calls, as TAP: not one of the unit tests, since it
 * runs in guests, too, on the architecture and the kernel that a board has.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "http/sandbox.h"
#include "lib/landlock.h"

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

/* By Landlock, which not every kernel has. */
#define OUT_OF_REACH(why, call) do {					\
	errno = 0;							\
	long ret_ = landlock ? (long)(call) : -1;			\
	if (landlock)							\
		ok(ret_ == -1 && errno == EACCES, "out of reach: " #call ": " why); \
	else								\
		printf("ok %u - out of reach: " #call ": " why " # SKIP this kernel has no Landlock\n", ++tests); \
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

/* A new file; false with errno set. */
static bool make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd >= 0 && write(fd, "x\n", 2) == 2 && !close(fd);
}

/* Below @folder: a file, and a folder of ours with a file, an empty folder and a link. */
static bool make_files(char *folder)
{
	return mkdtemp(folder) && !chdir(folder) && make_file("other") &&
	       !mkdir("ours", 0700) && !chdir("ours") && make_file("web.yml") &&
	       !mkdir("empty", 0700) && !symlink("../other", "link");
}

static void remove_files(const char *folder)
{
	unlink("web.yml");
	unlink("link");
	rmdir("empty");
	if (chdir(".."))
		return;
	unlink("other");
	rmdir("ours");
	if (!chdir("/"))
		rmdir(folder);
}

static int confined(const char *folder)
{
	static char *const argv[] = { "/bin/true", NULL };
	const struct itimerspec at = { .it_value.tv_nsec = 1 };
	struct timespec t = { 0, 1 };
	struct f_owner_ex owner = { F_OWNER_PID, getppid() };
	struct flock lock = { .l_type = F_RDLCK };
	struct rlimit limit;
	cpu_set_t cpus;
	char page[64];
	const char *const folders[] = { ".", "/no/such" };
	char rooted[128];
	const bool landlock = landlock_abi();
	struct stat st;
	int timer = timerfd_create(CLOCK_MONOTONIC, 0), pair[2], opened;
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t n;

	setbuf(stdout, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 1;
	snprintf(rooted, sizeof(rooted), "/proc/self/root%s/other", folder);
	opened = open(rooted, O_RDONLY | O_CLOEXEC);
	if (opened < 0)
		return 1;
	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return 1;
	if (sandbox_enter(SANDBOX_REQUIRE, folders, 2))
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
	REFUSED("the owner of a file gets its signals",
		fcntl(pair[0], F_SETOWN, getppid()));
	REFUSED("the owner of a file gets its signals",
		fcntl(pair[0], F_SETOWN_EX, &owner));
	REFUSED("SIGKILL could be the signal",
		fcntl(pair[0], F_SETSIG, SIGKILL));
	REFUSED("a lease stops whoever opens the file, and sends a signal",
		fcntl(opened, F_SETLEASE, F_RDLCK));
	REFUSED("a new file in a folder sends a signal",
		fcntl(opened, F_NOTIFY, 1));
	REFUSED("a lock stops other processes",
		fcntl(opened, F_SETLK, &lock));
	REFUSED("a pipe could take all memory",
		fcntl(opened, F_SETPIPE_SZ, 1 << 20));
	REFUSED("the CPUs of another process are not ours",
		sched_setaffinity(getppid(), sizeof(cpus), &cpus));
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

	OUT_OF_REACH("other programs' files",
		     open("../other", O_RDONLY));
	OUT_OF_REACH("other programs' files",
		     open(rooted, O_RDONLY));
	OUT_OF_REACH("a link leads out of a folder of ours",
		     open("link", O_RDONLY));
	OUT_OF_REACH("the names of other programs' files",
		     open("..", O_RDONLY | O_DIRECTORY));
	OUT_OF_REACH("only tracefs instances are removed",
		     unlinkat(AT_FDCWD, "empty", AT_REMOVEDIR));
	OUT_OF_REACH("devices",
		     open("/dev/zero", O_RDONLY));

	ALLOWED("a configuration that changed is loaded",
		open("web.yml", O_RDONLY));
	ALLOWED("connections do not block",
		fcntl(pair[0], F_SETFL, fcntl(pair[0], F_GETFL) | O_NONBLOCK));
	ALLOWED("a program would not inherit connections",
		fcntl(pair[0], F_SETFD, fcntl(pair[0], F_GETFD) | FD_CLOEXEC));
	ALLOWED("a copy of a file descriptor",
		fcntl(pair[0], F_DUPFD, 0));
	ALLOWED("a copy of a file descriptor",
		fcntl(pair[0], F_DUPFD_CLOEXEC, 0));
	ALLOWED("the event stream is read on each CPU",
		sched_setaffinity(0, sizeof(cpus), &cpus));
	ALLOWED("a file that was open stays so",
		read(opened, page, 1));
	ALLOWED("names of tasks",
		open("/proc/1/comm", O_RDONLY));
	ALLOWED("metrics of our own process",
		open("/proc/self/fd", O_RDONLY | O_DIRECTORY));
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

/* A process that is confined cannot remove its files. */
int main(void)
{
	char folder[] = "/tmp/v7s-forbidden-XXXXXX";
	int status = 1;
	pid_t pid;

	if (!make_files(folder)) {
		perror("forbidden: cannot make files");
		return 1;
	}
	pid = fork();
	if (!pid)
		_exit(confined(folder));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = 1;
	remove_files(folder);
	return status != 0;
}
