/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* The events that serve keeps in memory: those that matter, and a recording of all. */
#ifndef V7S_CMD_KEPT_H
#define V7S_CMD_KEPT_H

#include "source/source.h"

struct watch;

/*
 * Largest recording, in bytes. With the copies that are being downloaded, a quarter larger
 * each, it has to fit into MemoryMax= of v7scope.service.
 */
#define KEPT_MAX (8ULL << 20)

/** kept_open - prepare a recording of the last @size bytes; -1 after a printed error */
int kept_open(uint64_t size);

/** kept_begin - the source is attached */
void kept_begin(const struct watch *w, const struct report *r);

/** kept_record - keep an event; its argument is the struct watch */
take_record kept_record;

/**
 * kept_reading - add a reading of the counters; on failure, give up the recording
 *
 * Without a new event, it adds one a minute, so that old events stay.
 */
void kept_reading(struct watch *w, const struct report *r);

/** kept_records - false: the recording was given up */
bool kept_records(void);

/** kept_count - events since the start that matter, kept or not */
uint64_t kept_count(void);

/**
 * kept_events - the last events that matter, as JSON in a line, for free()
 *
 * @offset: seconds from the events' clock to 1970. NULL: out of memory.
 */
char *kept_events(struct watch *w, double offset);

/**
 * kept_recording - a complete recording, for free(), and its size in @len
 *
 * @r is the report of all counters up to now. NULL after a printed error.
 */
char *kept_recording(struct watch *w, const struct report *r, size_t *len);

void kept_close(void);

#endif
