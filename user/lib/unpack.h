/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Embedded files are gzipped: the BPF objects shrink to a sixth. */
#ifndef V7S_LIB_UNPACK_H
#define V7S_LIB_UNPACK_H

#include <stddef.h>

/**
 * unpack - the content of a file in gzip's format
 *
 * Returns it, for free(), and its length in @len; NULL: out of memory. The length is at
 * most 4 GiB, because gzip keeps 32 bits of it.
 */
void *unpack(const unsigned char *packed, size_t packed_len, size_t *len);

#endif
