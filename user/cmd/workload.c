// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"
#include "workload.h"

pid_t workload_start(char **argv, const sigset_t *mask, bool to_stderr,
		  int *status)
{
	int pipe_fd[2], err = 0;
	ssize_t n;
	pid_t pid;

	/* exec() closes the pipe; on failure, the pipe carries the errno. */
	if (pipe2(pipe_fd, O_CLOEXEC)) {
		err_print("cannot run '%s': %s", argv[0], strerror(errno));
		*status = EXIT_RUNTIME;
		return -1;
	}
	pid = fork();
	if (!pid) {
		if (to_stderr)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		signal(SIGPIPE, SIG_DFL);
		sigprocmask(SIG_SETMASK, mask, NULL);
		execvp(argv[0], argv);
		err = errno;
		if (write(pipe_fd[1], &err, sizeof(err)) < 0)
			_exit(EXIT_RUNTIME);
		_exit(127);
	}
	if (pid < 0)
		err = errno;
	close(pipe_fd[1]);
	if (pid > 0) {
		do
			n = read(pipe_fd[0], &err, sizeof(err));
		while (n < 0 && errno == EINTR);
	}
	close(pipe_fd[0]);
	if (!err)
		return pid;

	err_print("cannot run '%s': %s", argv[0], strerror(err));
	*status = pid < 0 ? EXIT_RUNTIME : err == ENOENT ? 127 : 126;
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return -1;
}

int workload_status(pid_t pid)
{
	int status;
	pid_t ret;

	do
		ret = waitpid(pid, &status, WNOHANG);
	while (ret < 0 && errno == EINTR);
	if (ret == 0)
		return -1;
	if (ret < 0)
		return EXIT_RUNTIME;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
