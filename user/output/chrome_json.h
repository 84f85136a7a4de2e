/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
#ifndef V7S_OUTPUT_CHROME_JSON_H
#define V7S_OUTPUT_CHROME_JSON_H

#include "out.h"

/**
 * out_chrome_json - the JSON of Chrome's trace events
 *
 * Call @record, @dropped and @report in the order of time, then @accounts, which
 * ends the trace.
 */
extern const struct out out_chrome_json;

#endif
