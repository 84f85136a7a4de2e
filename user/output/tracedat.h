/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_OUTPUT_TRACEDAT_H
#define V7S_OUTPUT_TRACEDAT_H

#include "out.h"

/**
 * out_tracedat - a trace.dat(5) of version 6, for trace-cmd and KernelShark
 *
 * One for each run: @record and @dropped in the order of time, then @accounts,
 * which writes it; until then it is in temporary files, one for each CPU.
 */
extern const struct out out_tracedat;

/** tracedat_failed - not all is there, which has been told of */
bool tracedat_failed(void);

#endif
