// SPDX-License-Identifier: GPL-2.0
/* Runs a command while the empty program is attached, and returns its status. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "empty.skel.h"

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
		perror("empty");
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	struct empty_bpf *skel;
	int status = 1;

	if (argc < 2) {
		fprintf(stderr, "usage: empty CMD [ARG]...\n");
		return 2;
	}
	skel = empty_bpf__open_and_load();
	if (!skel || empty_bpf__attach(skel))
		fprintf(stderr, "empty: the program does not load or attach, see above\n");
	else
		status = run(argv + 1);
	empty_bpf__destroy(skel);
	return status;
}
