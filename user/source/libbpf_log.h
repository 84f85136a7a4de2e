/* SPDX-License-Identifier: GPL-2.0 */
/* What libbpf says, kept for those who want to know why something failed. */
#ifndef V7S_SOURCE_LIBBPF_LOG_H
#define V7S_SOURCE_LIBBPF_LOG_H

#include <stdbool.h>

/** libbpf_log_start - from now on libbpf prints nothing by itself */
void libbpf_log_start(void);

/** libbpf_log_text - what it said last */
const char *libbpf_log_text(void);

/**
 * libbpf_log_explain - say on stderr why something failed, and what to do
 *
 * @err is an errno; with @verbose, what libbpf and the verifier said as well.
 */
void libbpf_log_explain(const char *what, int err, bool verbose);

/** libbpf_log_explain_kprobes - the same, where attaching them is what failed */
void libbpf_log_explain_kprobes(int err, bool verbose);

#endif
