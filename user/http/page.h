/* SPDX-License-Identifier: GPL-2.0 */
/* The page of `v7scope serve`, as user/web/build makes it. */
#ifndef V7S_HTTP_PAGE_H
#define V7S_HTTP_PAGE_H

#include <stddef.h>

/** page_html - HTML, with all that it needs; its size is 0 if it was left out */
extern const unsigned char page_html[];
extern const size_t page_html_size;

/** page_html_gz - the same, for who accepts gzip */
extern const unsigned char page_html_gz[];
extern const size_t page_html_gz_size;

/** page_csp - the Content-Security-Policy that it is to be sent with */
extern const char page_csp[];

#endif
