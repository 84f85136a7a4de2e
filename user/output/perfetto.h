/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_OUTPUT_PERFETTO_H
#define V7S_OUTPUT_PERFETTO_H

#include "out.h"

/**
 * out_perfetto - the JSON of Chrome's trace events, for Perfetto
 *
 * One trace for each run: @record, @dropped and @report in the order of time, at
 * last @accounts.
 */
extern const struct out out_perfetto;

#endif
