/* SPDX-License-Identifier: GPL-2.0 */
/* The page of `v7scope serve`, as user/web/build makes it. */
#ifndef V7S_WEB_H
#define V7S_WEB_H

#include <stddef.h>

/** web_page - HTML, with all that it needs; its size is 0 if it was left out */
extern const unsigned char web_page[];
extern const size_t web_page_size;

/** web_page_gz - the same, for who accepts gzip */
extern const unsigned char web_page_gz[];
extern const size_t web_page_gz_size;

/** web_page_csp - the Content-Security-Policy that it is to be sent with */
extern const char web_page_csp[];

#endif
