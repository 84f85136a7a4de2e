/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The past on disk: a file of fixed size with the points of struct past, in two rings.
 * It stays open, because the sandbox of serve forbids opening files for writing. The
 * format depends on the machine and on the version; others begin a new file.
 */
#ifndef V7S_MODEL_PAST_FILE_H
#define V7S_MODEL_PAST_FILE_H

#include <stdbool.h>

#include "past_point.h"

enum past_ring { PAST_BY_SECOND, PAST_BY_MINUTE, PAST_RINGS };

/** struct past_record - a point in the file, with the names of its devices */
struct past_record {
	uint32_t crc;		/* of all that follows */
	uint32_t devices;
	uint64_t seq;		/* in its ring, from 1 on; 0: never written */
	uint64_t begin, end;	/* ns since 1970 */
	struct kept total;
	struct kept device[PAST_BUSIEST];
	char name[PAST_BUSIEST][PAST_NAME];
};

struct past_file;

/**
 * past_file_open - open the file, or create it with mode 0600, and lock it
 *
 * A file of another version is renamed to PATH.old. If that fails, @file is NULL, with a
 * warning printed. A file that is not such a history stays as it is: returns -1, with an
 * error printed.
 */
int past_file_open(const char *path, struct past_file **file);

/**
 * past_file_newest - end of the last point written, in ns since 1970; 0: there is none
 *
 * Earlier ones may have later dates, if the clock was in the future.
 */
uint64_t past_file_newest(const struct past_file *f);

/** past_file_has - has it points of the last day before @now? */
bool past_file_has(const struct past_file *f, uint64_t now);

/**
 * past_file_load - call @take for each point of the last day before @now, oldest first
 *
 * Points do not overlap. The number of damaged points is reported.
 */
void past_file_load(struct past_file *f, enum past_ring ring, uint64_t now,
		    void (*take)(const struct past_record *r, void *arg), void *arg);

/**
 * past_file_put - write a point over the oldest one; crc and seq are filled in
 *
 * A point that cannot be written is lost. That is reported once, until it works again.
 */
void past_file_put(struct past_file *f, enum past_ring ring, struct past_record *r);

void past_file_close(struct past_file *f);

#endif
