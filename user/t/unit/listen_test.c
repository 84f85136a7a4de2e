// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "http/listen.h"
#include "lib/util.h"
#include "said.h"
#include "skip.h"

static int opened(const char *s)
{
	int fd;

	say_begin();
	fd = listen_open(s);
	say_end();
	return fd;
}

static void addresses(void **state)
{
	static const char *const bad[] = {
		"", ":", "::", "9100", "localhost", ":-1", ":+1", ":65536",
		":9100 ", " :9100", ":0x10", ":http", "127.0.0.1:", "::1:9100",
		"[::1]", "[::1]9100", "[::1", "[]:1", "[127.0.0.1]:1", "[::g]:1",
		"[::1]]:1", "[[::1]:1", "127.1:1", "127.0.0.1.1:1", "0127.0.0.1:1",
		"256.0.0.1:1", "host:1", "localhost.:1", "*:9100", "/run/x:1",
		"unix:", "unix:/", "unix://", "unix:run/x", "unix:/run/", "unix:@x",
		"unix", "UNIX:/run/x", "vsock://:1", "http://127.0.0.1:1", "[fe80::1]:1",
		"[fe80::1%nosuchinterface]:1", "[fe80::1%]:1", "127.0.0.1%lo:1",
		":99999999999999999999999",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:"
		"dddd:eeee:ffff:0000:1111:2222:3333]:1",
	};
	static const struct {
		const char *s;
		int family;
		unsigned int port;
		bool any;
	} good[] = {
		{ ":9100", AF_INET6, 9100, true },
		{ ":0", AF_INET6, 0, true },
		{ "127.0.0.1:65535", AF_INET, 65535, false },
		{ "localhost:1", AF_INET, 1, false },
		{ "0.0.0.0:1", AF_INET, 1, false },
		{ "[::1]:9100", AF_INET6, 9100, false },
		{ "[::]:00009100", AF_INET6, 9100, true },
		{ "[0:0::0]:1", AF_INET6, 1, true },
		{ "[::%lo]:1", AF_INET6, 1, false },
		{ "[::ffff:127.0.0.1]:1", AF_INET6, 1, false },
		{ "[fe80::1%lo]:1", AF_INET6, 1, false },
	};
	struct listen_at at;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (!listen_parse(bad[i], &at))
			fail_msg("took '%s'", bad[i]);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		const char *wrong = listen_parse(good[i].s, &at);

		if (wrong)
			fail_msg("'%s': %s", good[i].s, wrong);
		assert_int_equal(at.addr.ss_family, good[i].family);
		assert_int_equal(at.any, good[i].any);
		/* At the same place in both. */
		assert_int_equal(ntohs(((struct sockaddr_in *)&at.addr)->sin_port),
				 good[i].port);
	}
	assert_null(listen_parse("localhost:1", &at));
	assert_int_equal(((struct sockaddr_in *)&at.addr)->sin_addr.s_addr,
			 htonl(INADDR_LOOPBACK));
}

static void unix_addresses(void **state)
{
	const struct sockaddr_un *un;
	struct listen_at at;
	char s[200] = "unix:/";

	(void)state;
	un = (const struct sockaddr_un *)&at.addr;
	assert_null(listen_parse("unix:/run/x:1 y", &at));
	assert_int_equal(un->sun_family, AF_UNIX);
	assert_string_equal(un->sun_path, "/run/x:1 y");
	assert_int_equal(at.len, offsetof(struct sockaddr_un, sun_path) + 11);
	assert_null(listen_parse("unix:///run/x", &at));
	assert_string_equal(un->sun_path, "/run/x");
	memset(s + 6, 'x', 106);
	assert_null(listen_parse(s, &at));
	assert_int_equal(at.len, sizeof(*un));
	memset(s + 6, 'x', 107);
	assert_non_null(strstr(listen_parse(s, &at), "longer than 107 bytes"));
}

static int dial(int family, int fd)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_addr = in6addr_loopback };
	int s = socket(family, SOCK_STREAM, 0), ret;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	v4.sin_port = v6.sin6_port = ((struct sockaddr_in *)&a)->sin_port;
	if (family == AF_INET)
		ret = connect(s, (struct sockaddr *)&v4, sizeof(v4));
	else
		ret = connect(s, (struct sockaddr *)&v6, sizeof(v6));
	close(s);
	return ret;
}

static void sockets(void **state)
{
	char name[LISTEN_NAME], again[LISTEN_NAME];
	bool v6;
	int fd, other;

	(void)state;
	fd = opened("127.0.0.1:0");
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(dial(AF_INET, fd), 0);
	assert_non_null(strstr(listen_name(fd, name), "127.0.0.1:"));
	assert_null(strstr(name, ":0"));

	/* In use, and the message says what to do. */
	other = opened(name);
	assert_int_equal(other, -1);
	assert_non_null(strstr(said, name));
	assert_non_null(strstr(said, "in use; run `ss -ltnp`"));
	close(fd);
	/* Free at once, though the kernel remembers its connection. */
	fd = opened(name);
	assert_true(fd >= 0);
	assert_string_equal(listen_name(fd, again), name);
	close(fd);

	assert_int_equal(opened("192.0.2.1:0"), -1);
	assert_non_null(strstr(said, "no interface has this address"));
	assert_int_equal(opened("frob"), -1);
	assert_non_null(strstr(said, "the port is missing"));
	assert_string_equal(listen_name(-1, name), "?");

	other = socket(AF_INET6, SOCK_STREAM, 0);
	v6 = other >= 0;
	close(other);
	fd = opened(":0");
	assert_true(fd >= 0);
	assert_int_equal(dial(AF_INET, fd), 0);
	if (v6) {
		assert_int_equal(dial(AF_INET6, fd), 0);
		close(fd);
		fd = opened("[::]:0");
		assert_true(fd >= 0);
		assert_int_equal(dial(AF_INET6, fd), 0);
		assert_int_equal(dial(AF_INET, fd), 0);
		close(fd);
		fd = opened("[::1]:0");
		assert_true(fd >= 0);
		assert_int_equal(dial(AF_INET6, fd), 0);
		assert_int_equal(dial(AF_INET, fd), -1);
	}
	close(fd);
}

static char folder[] = "/tmp/listen_test.XXXXXX", file[64], address[80];

static void name(const char *s)
{
	snprintf(file, sizeof(file), "%s/%s", folder, s);
	snprintf(address, sizeof(address), "unix:%s", file);
}

static int dial_unix(int type)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, type, 0), ret;

	strcpy(un.sun_path, file);
	ret = connect(s, (struct sockaddr *)&un, sizeof(un));
	close(s);
	return ret;
}

/* A socket file of a program of another type. */
static int datagrams(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	strcpy(un.sun_path, file);
	assert_int_equal(bind(s, (struct sockaddr *)&un, sizeof(un)), 0);
	return s;
}

static void unix_sockets(void **state)
{
	const mode_t old = umask(077);
	char got[LISTEN_NAME];
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	name("s");
	fd = opened(address);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_string_equal(listen_name(fd, got), address);
	assert_int_equal(lstat(file, &st), 0);
	/* The umask does not matter, and is as before. */
	assert_int_equal(st.st_mode, S_IFSOCK | 0660);
	assert_int_equal(umask(old), 077);
	assert_int_equal(dial_unix(SOCK_STREAM), 0);

	/* Somebody listens, so that the file stays. */
	assert_int_equal(opened(address), -1);
	assert_non_null(strstr(said, address));
	assert_non_null(strstr(said, "in use; run `ss -lxp`"));
	listen_remove(address);
	assert_int_equal(dial_unix(SOCK_STREAM), 0);
	close(fd);
	/* Nobody does. */
	fd = opened(address);
	assert_true(fd >= 0);
	assert_int_equal(dial_unix(SOCK_STREAM), 0);
	close(fd);
	listen_remove(address);
	assert_int_equal(lstat(file, &st), -1);
	listen_remove(address);
	listen_remove("127.0.0.1:1");

	fd = datagrams();
	assert_int_equal(opened(address), -1);
	assert_non_null(strstr(said, "in use"));
	assert_int_equal(dial_unix(SOCK_DGRAM), 0);
	close(fd);
	unlink(file);
}

static void unix_files(void **state)
{
	static const char *const kinds[] = { "file", "fifo", "link", "folder" };
	struct stat st;
	size_t i;

	(void)state;
	name("file");
	close(creat(file, 0600));
	name("fifo");
	assert_int_equal(mkfifo(file, 0600), 0);
	name("link");
	assert_int_equal(symlink("nothing", file), 0);
	name("folder");
	assert_int_equal(mkdir(file, 0700), 0);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		name(kinds[i]);
		assert_int_equal(opened(address), -1);
		assert_non_null(strstr(said, "exists and is not a socket; v7scope does not remove it"));
		listen_remove(address);
		assert_int_equal(lstat(file, &st), 0);
		remove(file);
	}
	name("none/s");
	assert_int_equal(opened(address), -1);
	assert_non_null(strstr(said, "No such file or directory; create the folder first"));
	assert_int_equal(opened("unix:s"), -1);
	assert_non_null(strstr(said, "must begin with '/'"));
	rmdir(folder);
}

/* The longest path has no NUL of its own. */
static void longest_name(void **state)
{
	char got[LISTEN_NAME], path[108], s[128];
	int fd;

	(void)state;
	memset(path, 'x', sizeof(path));
	path[107] = 0;
	memcpy(path, "/tmp/", 5);
	snprintf(path + 5, 12, "%011d", getpid());
	path[16] = 'x';
	snprintf(s, sizeof(s), "unix:%s", path);
	fd = opened(s);
	assert_true(fd >= 0);
	assert_string_equal(listen_name(fd, got), s);
	close(fd);
	listen_remove(s);
	assert_int_equal(access(path, F_OK), -1);
}

static int refused(const char *s, const char *why)
{
	if (opened(s) != -1)
		return 1;
	return strstr(said, why) ? 0 : 2;
}

/* As another user. */
static void refused_other(const char *s, const char *why)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setgid(65534) || setuid(65534))
			_exit(3);
		_exit(refused(s, why));
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void no_folder_permission(void **state)
{
	(void)state;
	if (getuid())
		SKIP("only root can become somebody else");
	refused_other("unix:/etc/v7scope-listen-test",
		      "Permission denied; the user of v7scope must be allowed");
}

/* Whether somebody listens there cannot be told. */
static void socket_of_other(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	if (getuid())
		SKIP("only root can become somebody else");
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	/* Even if the folder's permissions suffice. */
	assert_int_equal(chmod(folder, 0777), 0);
	name("s");
	fd = opened(address);
	assert_true(fd >= 0);
	refused_other(address, "busy; the socket there belongs to another user and may be in use");
	close(fd);
	refused_other(address, "busy; the socket there belongs to another user and may be in use");
	assert_int_equal(lstat(file, &st), 0);
	listen_remove(address);
	rmdir(folder);
}

/* Without privileges, in a process of its own. */
static void no_permission(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (getuid())
		SKIP("only root can become somebody else");
	pid = fork();
	if (!pid) {
		FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start",
				"re");
		int start = 0;

		if (!f || fscanf(f, "%d", &start) != 1 || start < 2)
			_exit(7);
		if (setgid(65534) || setuid(65534))
			_exit(3);
		if (opened("127.0.0.1:1") != -1)
			_exit(1);
		_exit(strstr(said, "CAP_NET_BIND_SERVICE") ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	if (WEXITSTATUS(status) == 7)
		SKIP("this machine lets everybody listen at low ports");
	assert_int_equal(status, 0);
}

/*
 * As systemd would: @fd as number 3, which is not always ours to give here, so in
 * a child. Its exit status: what listen_systemd() returned.
 */
static int handed(int fd, const char *pid, const char *fds)
{
	int fds_got[LISTEN_MAX], status, n;
	char self[16];
	pid_t child;

	child = fork();
	if (!child) {
		freopen("/dev/null", "w", stderr);
		if (fd >= 0 && dup2(fd, 3) != 3)
			_exit(99);
		snprintf(self, sizeof(self), "%d", getpid());
		if (pid)
			setenv("LISTEN_PID", *pid ? pid : self, 1);
		if (fds)
			setenv("LISTEN_FDS", fds, 1);
		n = listen_systemd(fds_got);
		if (n == 1 && (fds_got[0] != 3 || getenv("LISTEN_FDS") ||
			       getenv("LISTEN_PID") ||
			       !(fcntl(3, F_GETFD) & FD_CLOEXEC) ||
			       !(fcntl(3, F_GETFL) & O_NONBLOCK)))
			_exit(98);
		_exit(n < 0 ? 97 : n);
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

static void activation(void **state)
{
	static const char *const bad[] = { "", "0", "-1", "17", "1x",
		"99999999999999999999" };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = opened("127.0.0.1:0"), other, pair[2];
	size_t i;

	(void)state;
	assert_int_equal(handed(fd, "", "1"), 1);
	assert_int_equal(handed(fd, "1", "1"), 97);
	assert_int_equal(handed(fd, NULL, "1"), 97);
	assert_int_equal(handed(fd, "", NULL), 97);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(handed(fd, "", bad[i]), 97);
	close(fd);

	other = open("/dev/null", O_RDONLY);
	assert_int_equal(handed(other, "", "1"), 97);
	close(other);
	other = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(handed(other, "", "1"), 97);
	close(other);
	other = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(handed(other, "", "1"), 97);
	close(other);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(handed(pair[0], "", "1"), 97);
	close(pair[0]);
	close(pair[1]);
	assert_non_null(mkdtemp(strcpy(folder, "/tmp/listen_test.XXXXXX")));
	name("s");
	other = opened(address);
	assert_int_equal(handed(other, "", "1"), 1);
	close(other);
	listen_remove(address);
	rmdir(folder);
	other = socket(AF_UNIX, SOCK_STREAM, 0);
	/* The kernel finds it an abstract name, which has no permissions. */
	assert_int_equal(bind(other, (struct sockaddr *)&un,
			      sizeof(sa_family_t)), 0);
	assert_int_equal(listen(other, 1), 0);
	assert_int_equal(handed(other, "", "1"), 97);
	close(other);
}

static void notify(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(un);
	char name[sizeof(un.sun_path) + 1], got[32] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(sa_family_t)),
			 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&un, &len), 0);
	snprintf(name, sizeof(name), "@%.*s",
		 (int)(len - offsetof(struct sockaddr_un, sun_path) - 1),
		 un.sun_path + 1);
	setenv("NOTIFY_SOCKET", name, 1);
	listen_notify("READY=1");
	assert_int_equal(recv(fd, got, sizeof(got) - 1, 0), 7);
	assert_string_equal(got, "READY=1");
	unsetenv("NOTIFY_SOCKET");
	listen_notify("READY=1");
	setenv("NOTIFY_SOCKET", "frob", 1);
	listen_notify("READY=1");
	assert_int_equal(recv(fd, got, sizeof(got) - 1, 0), -1);
	unsetenv("NOTIFY_SOCKET");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(unix_addresses),
		cmocka_unit_test(sockets),
		cmocka_unit_test(unix_sockets),
		cmocka_unit_test(unix_files),
		cmocka_unit_test(socket_of_other),
		cmocka_unit_test(longest_name),
		cmocka_unit_test(no_folder_permission),
		cmocka_unit_test(no_permission),
		cmocka_unit_test(activation),
		cmocka_unit_test(notify),
	};

	return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
