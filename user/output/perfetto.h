/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_OUTPUT_PERFETTO_H
#define V7S_OUTPUT_PERFETTO_H

#include "out.h"

/**
 * out_perfetto - a trace of Perfetto, in protobuf
 *
 * Call @record, @dropped and @report in the order of time, then @accounts, which
 * ends the trace.
 */
extern const struct out out_perfetto;

#endif
