// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* Runs a command while the programs of an object are attached, and returns its status. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach.skel.h"

static int run(char **argv)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(*argv, argv);
		perror(*argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("attach");
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	struct attach_bpf *skel;
	int status = 1;

	if (argc < 2) {
		fprintf(stderr, "usage: attach CMD [ARG]...\n");
		return 2;
	}
	skel = attach_bpf__open_and_load();
	if (!skel || attach_bpf__attach(skel))
		fprintf(stderr, "attach: the programs do not load or attach, see above\n");
	else
		status = run(argv + 1);
	attach_bpf__destroy(skel);
	return status;
}
