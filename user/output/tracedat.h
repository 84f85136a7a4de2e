/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_OUTPUT_TRACEDAT_H
#define V7S_OUTPUT_TRACEDAT_H

#include "out.h"

/**
 * out_tracedat - a trace.dat(5) of version 6, for trace-cmd and KernelShark
 *
 * Call @record and @dropped in the order of time, then
 * @accounts, which writes the file. The events are in a temporary file per CPU
 * until then.
 */
extern const struct out out_tracedat;

#endif
