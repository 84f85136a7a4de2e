/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Messages of libbpf, kept to explain a failure. */
#ifndef V7S_SOURCE_LIBBPF_LOG_H
#define V7S_SOURCE_LIBBPF_LOG_H

#include <stdbool.h>

/** libbpf_log_start - keep messages from now on, instead of printing them */
void libbpf_log_start(void);

/** libbpf_log_text - the latest messages */
const char *libbpf_log_text(void);

/** libbpf_log_print - print the latest messages on stderr, once */
void libbpf_log_print(void);

/**
 * libbpf_log_explain - print on stderr why something failed and what to do
 *
 * @err is an errno. @verbose also prints the messages of libbpf and the
 * verifier.
 */
void libbpf_log_explain(const char *what, int err, bool verbose);

/** libbpf_log_explain_kprobe - the same, for a failure to attach a kprobe */
void libbpf_log_explain_kprobe(const char *symbol, int err, bool verbose);

#endif
