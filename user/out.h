/* SPDX-License-Identifier: GPL-2.0 */
#ifndef V7S_OUT_H
#define V7S_OUT_H

#include <stdio.h>

#include "model.h"
#include "probe.h"

/** struct out - a form of output; it does not know where figures come from */
struct out {
	/** @report: print it; nothing is kept but what the form itself needs */
	void (*report)(FILE *f, const struct report *r);
	/** @diagnosis: the same for what this kernel can show */
	void (*diagnosis)(FILE *f, const struct diagnosis *d);
};

extern const struct out out_text;
extern const struct out out_json;

/** text_ns - a duration in at most six letters, "-" if it is UNKNOWN */
const char *text_ns(int64_t ns, char *buf, size_t size);

/**
 * text_name - "pgtable 3 (dev 14006000.iommu, arm_v7s)"
 *
 * Bytes that are no printable ASCII are shown as '?': a device's name is the
 * kernel's, but what it was made of may come from firmware.
 */
const char *text_name(const struct row *row, char *buf, size_t size);

/** utf8_clean - copies @s, with U+FFFD for each byte that is not UTF-8 */
void utf8_clean(char *to, size_t size, const char *s);

#endif
