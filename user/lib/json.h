/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 the v7scope authors */
/* Helpers for all JSON output. The man page describes every field. */
#ifndef V7S_LIB_JSON_H
#define V7S_LIB_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

typedef struct json_object json;

/* Version of the format of all JSON output, see the man page. */
#define JSON_SCHEMA 2

/** json_new - an object with the members that every object has */
json *json_new(const char *verb);

void json_put(json *o, const char *key, json *value);	/* NULL: null */
void json_put_u64(json *o, const char *key, uint64_t n);
void json_put_bool(json *o, const char *key, bool b);

/** json_put_known - null if it is UNKNOWN */
void json_put_known(json *o, const char *key, int64_t n);

/** json_put_visible - null if it is not @visible */
void json_put_visible(json *o, const char *key, bool visible, uint64_t n);

/** json_put_text - null if it is NULL; invalid UTF-8 is replaced */
void json_put_text(json *o, const char *key, const char *s);

/** json_line - print @o in a line, and free it */
void json_line(FILE *f, json *o);

/** json_clean_utf8 - copy @s, with U+FFFD for each byte that is not UTF-8 */
void json_clean_utf8(char *to, size_t size, const char *s);

#endif
