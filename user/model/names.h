/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Names of everything counted, the same in every output. */
#ifndef V7S_MODEL_NAMES_H
#define V7S_MODEL_NAMES_H

#include "abi.h"

/** event_names - names of the tracepoints, such as "io_pgtable_create" */
extern const char *const event_names[V7S_EVENTS];

/** event_short_name - "create"; NULL for an unknown event */
const char *event_short_name(unsigned int event);

/**
 * event_order - the order in which events are attached and printed
 *
 * Creation comes last: when a page table's creation is counted, all its other
 * events are counted as well.
 */
extern const unsigned char event_order[V7S_EVENTS];

extern const char *const install_why_names[V7S_INSTALL_WHY];
extern const char *const install_outcome_names[V7S_INSTALL_OUTCOME];
extern const char *const split_kind_names[V7S_SPLIT_KIND];
extern const char *const split_outcome_names[V7S_SPLIT_OUTCOME];
extern const char *const free_why_names[V7S_FREE_WHY];
extern const char *const refuse_why_names[V7S_REFUSE_WHY];
extern const char *const hist_names[V7S_HISTS];		/* JSON */
extern const char *const hist_titles[V7S_HISTS];	/* text */

/** fmt_names - names of enum io_pgtable_fmt, which has only ever grown */
enum { V7S_FMTS = 6 };
extern const char *const fmt_names[V7S_FMTS];

/** fmt_name - name of an enum io_pgtable_fmt, NULL if unknown */
const char *fmt_name(unsigned int fmt);

#endif
