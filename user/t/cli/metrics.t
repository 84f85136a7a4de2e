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
	[ "$(grep -c '_bucket{.*,le="[0-9e.+-]*"}' "$tmp/text") $(grep -c '_bucket{.*,le="+Inf"}' "$tmp/text")" = "256 16" ]
sed -n '/^v7scope_install_window.*_bucket{device="14006000.iommu"/s/.*le="\([^"]*\)".*/\1/p' "$tmp/text" | xargs >"$tmp/out"
check "bounds double from 64 ns to 1 ms, and one is above" [ "$(cat "$tmp/out")" = "$(
	awk 'BEGIN { for (ns = 64; ns <= 1048576; ns *= 2) printf "%.10g ", ns / 1e9; printf "%.10g +Inf", 2 ^ 24 / 1e9 }')" ]
most=$(sed -n 's/^[a-z0-9_]*{\(device="[^"]*",format="[^"]*"\).*/\1/p' "$tmp/text" | sort | uniq -c | sort -n | tail -n 1 | awk '{ print $1 }')
echo "# a device has at most $most series, and $(grep -c '^v7scope_flush.*{device="14006000.iommu"' "$tmp/text") of flushes"
check "at most 90 series a device and format" [ "$most" -le 90 ]
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
check "units" [ "$(sed -n 's/^# UNIT .*_//p' "$tmp/open" | sort | uniq -c | xargs)" = "1 bytes bytes 9 seconds seconds" ]
check "no family comes twice" [ -z "$(sed 's/^# TYPE \([^ ]*\).*/\1/;t;d' "$tmp/open" | sort | uniq -d)" ]
check "no series comes twice" [ -z "$(sed 's/ [^ ]*$//' "$tmp/samples" | sort | uniq -d)" ]
check "UTF-8" iconv -f utf-8 -t utf-8 "$tmp/open" -o /dev/null

# The client library of Prometheus for Python reads both forms, and finds the same in them.
cat >"$tmp/parse.py" <<'END'
import sys
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics
parse = openmetrics.text_fd_to_metric_families if sys.argv[1] == "open" else parser.text_fd_to_metric_families
with open(sys.argv[2], encoding="utf-8") as f:
    for family in parse(f):
        assert family.documentation, family.name
        for s in family.samples:
            print(s.name, sorted(s.labels.items()), float(s.value))
END
if /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null; then
	for form in open text; do
		run /usr/bin/python3 "$tmp/parse.py" $form "$tmp/$form"
		ok $status "a parser that is not ours reads the form: $form"
		sort "$tmp/out" >"$tmp/parsed.$form"
	done
	run diff "$tmp/parsed.text" "$tmp/parsed.open"
	ok $status "and finds the same samples in both"
	check "all of them" [ "$(wc -l <"$tmp/parsed.open")" = "$(wc -l <"$tmp/samples")" ]
	sed 's/_bucket{\(.*\)le="+Inf"/_bucket{\1le="17"/' "$tmp/open" >"$tmp/planted"
	check "noticed: a histogram without +Inf" sh -c '! "$@" 2>/dev/null >&2' - /usr/bin/python3 "$tmp/parse.py" open "$tmp/planted"
else
	skip "a parser that is not ours" "python3-prometheus-client is not installed"
fi

# The fleet profile, with more devices than it exports
for profile in full fleet; do
	FAKE_DEVICES=32 FAKE_TABLES=64 FAKE_FLUSHES=1 FAKE_OVERRUN=1 "$bin/fake" export --textfile "$tmp/$profile.prom" \
		--metrics-profile $profile -i 0.2 -n 1 2>"$tmp/err" || bail "no metrics: $(cat "$tmp/err")"
done
samples=$(grep -vc '^#' "$tmp/fleet.prom")
echo "# 64 page tables of 32 devices: $samples series in the fleet profile, $(grep -vc '^#' "$tmp/full.prom") in all"
# serve has two series of its own process, BPF's statistics are two, and Prometheus adds five.
check "at most 250 series a board" [ $((samples + 9)) -le 250 ]
check "of so many more" [ "$(grep -vc '^#' "$tmp/full.prom")" -gt 3000 ]
# sums FILE: of each name, with the bounds of its buckets. exact is a flag.
sums() {
	awk '!/^#/ && !/^v7scope_(exact|capability|start_time)/ {
		name = $0; sub(/[{ ].*/, "", name)
		if (match($0, /le="[^"]*"/)) name = name " " substr($0, RSTART, RLENGTH)
		if (/outcome="destroyed"/) next
		n[name] += $NF
	} END { for (name in n) printf "%s %.0f\n", name, n[name] }' "$1" | sort
}
sums "$tmp/full.prom" >"$tmp/sums.full"
sums "$tmp/fleet.prom" >"$tmp/sums.fleet"
check "the same sums as all series" [ -z "$(comm -13 "$tmp/sums.full" "$tmp/sums.fleet")" ]
check "there are sums, and those of 25 buckets" [ "$(wc -l <"$tmp/sums.fleet") $(grep -c 'le=' "$tmp/sums.fleet")" = "39 25" ]

# The profile has the metrics that the rules and the dashboard need, and no others. Only a
# board without the series has corrupted sections; only one whose page tables are all new
# knows the tables alive.
dashboards=$here/../../../tools/dashboards
needed() {
	"$dashboards/t/metrics" "$@" | grep -vE ':|^up$|^scrape_|^node_' | sort
}
"$bin/metrics_test" --openmetrics fleet >"$tmp/open.fleet" || exit 1
"$bin/metrics_test" --text fleet >"$tmp/text.fleet" || exit 1
for fake in stock board; do
	FAKE=$fake "$bin/fake" export --textfile "$tmp/$fake.prom" --metrics-profile fleet -i 0.2 -n 1 2>"$tmp/err" || bail "no metrics: $(cat "$tmp/err")"
done
sed 's/[{ ].*//; /^#/d' "$tmp/text.fleet" "$tmp/stock.prom" "$tmp/board.prom" | sort -u >"$tmp/names"
needed "$dashboards/rules.yml" "$dashboards/v7scope.json" | sort -u >"$tmp/needed"
run diff -u "$tmp/needed" "$tmp/names"
ok $status "the fleet profile has what the rules and the dashboard name, and no more"
# matchers FILE...: "label value", each value that an expression selects
matchers() {
	"$dashboards/t/metrics" --expressions "$@" | grep -oE '[a-z]+=~?"[^"]*"' | grep -vE '^(instance|device|job|file)=' |
		sed 's/=~*"/ /; s/"$//' | sort -u
}
matchers "$dashboards/rules.yml" "$dashboards/v7scope.json" >"$tmp/matchers"
while read -r name value; do
	grep -qE "[{,]$name=\"($value)\"" "$tmp/text.fleet" || echo "$name=$value"
done <"$tmp/matchers" | grep -vx 'source=kprobe' >"$tmp/out"
check "and the values of labels that these select" [ ! -s "$tmp/out" ]
check "they select some" [ "$(wc -l <"$tmp/matchers")" -eq 8 ]
if /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null; then
	for form in open text; do
		run /usr/bin/python3 "$tmp/parse.py" $form "$tmp/$form.fleet"
		ok $status "a parser that is not ours reads the fleet profile: $form"
	done
fi

# A name with one word more is taken for a part of the other.
sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$tmp/open" | awk '{ name[$1] } END { for (a in name) for (b in name) if (index(b, a "_") == 1) print a, b }' >"$tmp/out"
check "no name is that of another with a word more" [ ! -s "$tmp/out" ]

# The man page describes each family.
man=$here/../../man/v7scope-metrics.7
missing=$(sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$tmp/text" | while read -r name; do
	grep -qw -- "$name" "$man" || echo "$name"
done)
printf '%s\n' "$missing" >"$tmp/err"
check "each metric is in the man page" [ -z "$missing" ]
done_testing
