/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The JSON Schema of all JSON that v7scope prints: schema.json, gzipped by the Makefile. */
#ifndef V7S_OUTPUT_SCHEMA_H
#define V7S_OUTPUT_SCHEMA_H

#include <stddef.h>

/** schema_gz - the word VERB in it stands for the verb */
extern const unsigned char schema_gz[];
extern const size_t schema_gz_size;

#endif
