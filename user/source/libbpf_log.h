/* SPDX-License-Identifier: GPL-2.0 */
/* What libbpf says, kept for those who want to know why something failed. */
#ifndef V7S_BPFLOG_H
#define V7S_BPFLOG_H

#include <stdbool.h>

/** bpflog_start - from now on libbpf prints nothing by itself */
void bpflog_start(void);

/** bpflog_text - what it said last */
const char *bpflog_text(void);

/**
 * bpflog_explain - say on stderr why something failed, and what to do
 *
 * @err is an errno; with @verbose, what libbpf and the verifier said as well.
 */
void bpflog_explain(const char *what, int err, bool verbose);

/** bpflog_explain_kprobes - the same, where attaching them is what failed */
void bpflog_explain_kprobes(int err, bool verbose);

#endif
