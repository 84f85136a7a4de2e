#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The metrics of a made-up model, in both forms.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built

"$bin/metrics_test" --text >"$tmp/text" || exit 1
"$bin/metrics_test" --openmetrics >"$tmp/open" || exit 1

# Buckets that are empty and below all others are left out, to be read by people.
grep -v 'le=.*} 0$' "$tmp/text" >"$tmp/same"
run diff -u "$here/metrics.text" "$tmp/same"
ok $status "the text is as it should be"
check "each histogram has all its buckets" \
	[ "$(grep -c '_bucket{.*,le="[0-9e.+-]*"}' "$tmp/text") $(grep -c '_bucket{.*,le="+Inf"}' "$tmp/text")" = "372 12" ]
run awk -F '"' '/_bucket/ { if ($2 $1 == last && $6 != "+Inf" && $6 + 0 != 2 * before) exit 1; last = $2 $1; before = $6 }' "$tmp/text"
ok $status "each bucket is twice as wide as the one before"
run awk '{ match($0, /_bucket{.*,le="/) } RSTART { key = substr($0, 1, RSTART + RLENGTH); if (key == last && $NF < n) exit 1; last = key; n = $NF }' "$tmp/text"
ok $status "the buckets add up"

grep -v '^#' "$tmp/text" >"$tmp/samples"
grep -v '^#' "$tmp/open" >"$tmp/same"
run diff -u "$tmp/samples" "$tmp/same"
ok $status "OpenMetrics has the same samples"
check "OpenMetrics ends with its mark" [ "$(tail -n 1 "$tmp/open")" = "# EOF" ]
check "the text knows neither that nor units" [ "$(grep -c '^# EOF\|^# UNIT' "$tmp/text")" -eq 0 ]

# In OpenMetrics a family has no suffix, and its unit is a part of its name.
awk '$1 == "#" && $2 == "TYPE" { print $3 ($4 == "counter" ? "_total" : $4 == "info" ? "_info" : ""), $4 }' "$tmp/open" |
	sed 's/ info$/ gauge/' >"$tmp/same"
sed -n 's/^# TYPE //p' "$tmp/text" >"$tmp/types"
run diff -u "$tmp/types" "$tmp/same"
ok $status "the types are the same, but that an info is a gauge in the text"
check "units" [ "$(sed -n 's/^# UNIT .*_//p' "$tmp/open" | sort | uniq -c | xargs)" = "1 bytes bytes 7 seconds seconds" ]
check "no family comes twice" [ -z "$(sed 's/^# TYPE \([^ ]*\).*/\1/;t;d' "$tmp/open" | sort | uniq -d)" ]
check "no series comes twice" [ -z "$(sed 's/ [^ ]*$//' "$tmp/samples" | sort | uniq -d)" ]
check "UTF-8" iconv -f utf-8 -t utf-8 "$tmp/open" -o /dev/null

# The man page describes each family.
man=$here/../../man/v7scope-metrics.7
missing=$(sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$tmp/text" | while read -r name; do
	grep -qw -- "$name" "$man" || echo "$name"
done)
printf '%s\n' "$missing" >"$tmp/err"
check "each metric is in the man page" [ -z "$missing" ]
done_testing
