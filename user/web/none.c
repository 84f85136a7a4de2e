// SPDX-License-Identifier: GPL-2.0
/* WITH_WEB=0: no page. */
#include "http/page.h"

const unsigned char web_page[1], web_page_gz[1];
const size_t web_page_size, web_page_gz_size;
const char web_page_csp[] = "";
