/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/*
 * The packets of a Perfetto trace. Blocks of packets are deflated. A text that
 * comes again is a number: its first packet has the text.
 */
#ifndef V7S_OUTPUT_PERFETTO_PACKET_H
#define V7S_OUTPUT_PERFETTO_PACKET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The field numbers and values are those of Perfetto's public .proto files. */
enum packet_type {
	PACKET_SLICE_BEGIN	= 1,
	PACKET_SLICE_END	= 2,
	PACKET_INSTANT		= 3,
	PACKET_COUNTER		= 4,
};

struct packets;

/** packets_new - NULL: out of memory */
struct packets *packets_new(FILE *f);

/** packets_end - write the last block and free @p; false: it is incomplete */
bool packets_end(struct packets *p);

/** struct packet_track - a track; @parent 0: none */
struct packet_track {
	uint64_t uuid, parent;
	const char *name;
	uint64_t rank;		/* among the tracks of its parent */
	bool counter;
};

void packet_track(struct packets *p, const struct packet_track *t);
void packet_counter(struct packets *p, uint64_t time, uint64_t track,
		    int64_t value);
void packet_end_slice(struct packets *p, uint64_t time, uint64_t track);

/**
 * packet_event - begin a slice's begin or an instant; arguments follow, then
 * packet_event_end
 *
 * @category and @name are kept as a number, @title is not: it replaces @name.
 * @flow joins the events with the same number; 0: none.
 */
struct packet_event {
	enum packet_type type;
	uint64_t time, track, flow;
	const char *category, *name, *title;
};

void packet_event(struct packets *p, const struct packet_event *e);
void packet_arg_text(struct packets *p, const char *name, const char *text);
void packet_arg_number(struct packets *p, const char *name, int64_t n);
void packet_arg_address(struct packets *p, const char *name, uint64_t n);
/* The texts of an array are those of packet_array_text. */
void packet_array(struct packets *p, const char *name);
void packet_array_text(struct packets *p, const char *text);
void packet_array_end(struct packets *p);
void packet_event_end(struct packets *p);

#endif
