// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 the v7scope authors
/* WITH_WEB=0: no page. */
#include "http/page.h"

const unsigned char page_html_gz[1];
const size_t page_html_gz_size;
const char page_csp[] = "";
