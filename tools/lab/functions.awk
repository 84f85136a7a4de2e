# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Print the addresses of all functions whose name begins with `name`, as FROM-TO with colons
# between. Input: lines of System.map or /proc/kallsyms, sorted by address.
function put() {
	if (begin == "")
		return
	printf "%s%s-%s", sep, begin, end
	sep = ":"
}
from != "" && $1 != from {
	if (from != end) {
		put()
		begin = from
	}
	end = $1
	from = ""
}
index($3, name) == 1 && $2 ~ /^[tT]$/ { from = $1 }
END { put() }
