// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/err.h"
#include "lib/varint.h"
#include "block.h"

static const uint8_t magic[4] = { 0x89, 'V', '7', 'R' };

enum { HEADER_CRC = BLOCK_HEADER - 4 };

void block_seal(struct block *b, uint8_t *payload)
{
	uint8_t *header = payload - BLOCK_HEADER, *p = header;

	b->version = BLOCK_VERSION;
	b->crc = crc32(0, payload, b->size);
	memcpy(p, magic, sizeof(magic));
	p += sizeof(magic);
	p = wire_put(p, b->type, 1);
	p = wire_put(p, b->flags, 1);
	p = wire_put(p, b->version, 2);
	p = wire_put(p, b->size, 4);
	p = wire_put(p, b->crc, 4);
	p = wire_put(p, b->number, 8);
	p = wire_put(p, b->time, 8);
	p = wire_put(p, b->events, 8);
	p = wire_put(p, b->count, 4);
	wire_put(p, crc32(0, header, HEADER_CRC), 4);
}

/* False: not a valid header. */
static bool read_header(const uint8_t *p, struct block *b)
{
	struct wire w = { .at = p + sizeof(magic), .end = p + BLOCK_HEADER };

	if (memcmp(p, magic, sizeof(magic)))
		return false;
	b->type = wire_get(&w, 1);
	b->flags = wire_get(&w, 1);
	b->version = wire_get(&w, 2);
	b->size = wire_get(&w, 4);
	b->crc = wire_get(&w, 4);
	b->number = wire_get(&w, 8);
	b->time = wire_get(&w, 8);
	b->events = wire_get(&w, 8);
	b->count = wire_get(&w, 4);
	return wire_get(&w, 4) == crc32(0, p, HEADER_CRC) &&
	       b->size <= BLOCK_MAX;
}

struct blocks {
	int fd;
	const char *path;
	bool failed;
	bool pipe;
	/* Ring file: offset of the oldest block, where reading starts. */
	uint64_t seam;		/* 0: not a ring */
	bool second_lap;
	bool ring;		/* the last block had BLOCK_RING */
	/*
	 * Bytes in the buffer, not yet parsed; @at is the offset in the file.
	 */
	uint64_t at;
	size_t skip, have;
	bool over;		/* end of file, or error */
	uint8_t buf[2 * (BLOCK_HEADER + BLOCK_MAX)];
	/* Expected after the last returned block. */
	bool any;
	uint64_t next_number, next_events, time;
};

static const uint8_t *at(const struct blocks *f)
{
	return f->buf + f->skip;
}

/* Buffer @bytes bytes from @at on; false if the file has fewer. */
static bool need(struct blocks *f, size_t bytes)
{
	size_t room;
	ssize_t n;

	while (f->have < bytes && !f->over) {
		if (f->skip + bytes > sizeof(f->buf)) {
			memmove(f->buf, at(f), f->have);
			f->skip = 0;
		}
		room = sizeof(f->buf) - f->skip - f->have;
		/* The second lap ends where the first began. */
		if (f->second_lap && room > f->seam - f->at - f->have)
			room = f->seam - f->at - f->have;
		do
			n = room ? read(f->fd, f->buf + f->skip + f->have, room)
				 : 0;
		while (n < 0 && errno == EINTR);
		if (n < 0) {
			err_print("cannot read '%s': %s", f->path,
				 strerror(errno));
			f->failed = true;
		}
		if (n <= 0)
			f->over = true;
		else
			f->have += n;
	}
	return f->have >= bytes;
}

static void move(struct blocks *f, size_t bytes)
{
	f->at += bytes;
	f->skip += bytes;
	f->have -= bytes;
}

static bool seek(struct blocks *f, uint64_t to)
{
	if (lseek(f->fd, to, SEEK_SET) < 0) {
		err_print("cannot read '%s' from byte %llu on: %s", f->path,
			 (unsigned long long)to, strerror(errno));
		return false;
	}
	f->at = to;
	f->skip = f->have = 0;
	f->over = false;
	return true;
}

/*
 * Find the next valid block, and buffer all of it; false at the end. After
 * damage, a length cannot be trusted: search every byte.
 */
static bool find(struct blocks *f, struct block *b)
{
	const uint8_t *p;

	while (need(f, BLOCK_HEADER)) {
		if (read_header(at(f), b) && need(f, BLOCK_HEADER + b->size) &&
		    crc32(0, at(f) + BLOCK_HEADER, b->size) == b->crc)
			return true;
		p = memchr(at(f) + 1, magic[0], f->have - 1);
		move(f, p ? (size_t)(p - at(f)) : f->have);
	}
	move(f, f->have);
	return false;
}

/* Block numbers decrease only at the seam of a ring. */
static bool find_seam(struct blocks *f)
{
	uint64_t last = 0;
	struct block b;

	if (!find(f, &b) || !(b.flags & BLOCK_RING))
		return seek(f, 0);
	do {
		if (b.number < last) {
			f->seam = f->at;
			break;
		}
		last = b.number;
		move(f, BLOCK_HEADER + b.size);
	} while (find(f, &b));
	return !f->failed && seek(f, f->seam);
}

struct blocks *blocks_open(const char *path)
{
	bool standard = !strcmp(path, "-");
	struct blocks *f = calloc(1, sizeof(*f));

	if (!f) {
		err_print("out of memory");
		return NULL;
	}
	f->path = standard ? "standard input" : path;
	f->fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0) {
		err_print("cannot open '%s': %s", f->path, strerror(errno));
		free(f);
		return NULL;
	}
	/* A pipe cannot seek to the seam. */
	f->pipe = lseek(f->fd, 0, SEEK_SET);
	if (!f->pipe && !find_seam(f)) {
		blocks_close(f);
		return NULL;
	}
	return f;
}

/* The second lap of a ring: from the start of the file to the seam. */
static bool next_lap(struct blocks *f)
{
	if (!f->seam || f->second_lap || f->failed || !seek(f, 0))
		return false;
	f->second_lap = true;
	return true;
}

int blocks_next(struct blocks *f, struct block *b, const uint8_t **payload,
		struct damage *d)
{
	uint64_t from = f->at;
	bool found;

	*d = (struct damage){ 0 };
	found = find(f, b);
	if (!found && next_lap(f)) {
		/* Bytes after the last block belong to an overwritten block. */
		from = 0;
		found = find(f, b);
	}
	if (f->failed)
		return -1;
	if (f->any)
		d->from_time = f->time;
	if (!found) {
		/* Likewise at the end of the second lap. */
		if (f->at == from || f->ring)
			*d = (struct damage){ 0 };
		else
			*d = (struct damage){ .from = from, .to = f->at,
				.from_time = d->from_time, .at_end = true };
		return 0;
	}
	if (f->pipe && b->flags & BLOCK_RING && b->number < f->next_number) {
		err_print("a recording of --keep-last cannot be read from a pipe: its oldest block is in the middle; give the file");
		return -1;
	}
	if (f->any && b->number > f->next_number)
		d->blocks = b->number - f->next_number;
	if (f->any && b->events > f->next_events)
		d->events = b->events - f->next_events;
	if (f->at != from || d->blocks) {
		d->from = from;
		d->to = f->at;
		d->to_time = b->time;
	} else {
		*d = (struct damage){ 0 };
	}
	*payload = at(f) + BLOCK_HEADER;
	move(f, BLOCK_HEADER + b->size);
	f->any = true;
	f->ring = b->flags & BLOCK_RING;
	f->next_number = b->number + 1;
	f->next_events = b->events + b->count;
	f->time = b->time;
	return 1;
}

bool blocks_rewind(struct blocks *f)
{
	if (f->pipe || !seek(f, f->seam))
		return false;
	f->any = f->second_lap = false;
	return true;
}

void blocks_close(struct blocks *f)
{
	if (!f)
		return;
	close(f->fd);
	free(f);
}
