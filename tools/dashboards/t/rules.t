#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The alert rules parse, and each alert fires when it must and only then. The tests of the
# rules notice a rule that does not.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck source-path=SCRIPTDIR source=../../t/tap.sh
. "$here/../../t/tap.sh"
need_built

dashboards=$here/..
prometheus=$("$here/../../lab/lab" package prometheus) || bail "no Prometheus, see above"
promtool=$prometheus/usr/bin/promtool

# tests FOLDER: all of its unit tests
tests() { (cd "$1" && "$promtool" test rules rules_test.yml rules_long_test.yml) >"$tmp/out" 2>&1; }

run "$promtool" check rules --lint-fatal "$dashboards/rules.yml"
ok $status "promtool check rules"
tests "$dashboards"
ok $? "promtool test rules"
alerts=$(sed -n 's/^      - alert: //p' "$dashboards/rules.yml")
for alert in $alerts; do
	sed -n "/^      - alert: $alert\$/,/^ *action:/p" "$dashboards/rules.yml" >"$tmp/out"
	for key in severity: summary: description: action:; do
		grep -q "^ *$key" "$tmp/out" || break
	done
	ok $? "$alert says how bad it is, what it means, and what to do"
done

# section ALERT RUNBOOK: the alert's own, with all its parts in order
section() {
	sed -n "/^## $1\$/,/^## /p" "$2" >"$tmp/out"
	[ "$(sed -n 's/^- \*\*\([A-Z][a-z ]*\)\*\*: .*/\1/p' "$tmp/out" | xargs)" = "Symptom Meaning Command What to do" ]
}
# linked ALERT RULES: its link leads to the anchor of a heading
linked() {
	anchor=$(echo "$1" | tr '[:upper:]' '[:lower:]')
	sed -n "/^      - alert: $1\$/,/^ *action:/p" "$2" | grep -qx "          runbook_url: runbook.md#$anchor"
}
runbook=$dashboards/runbook.md
for alert in $alerts; do
	section "$alert" "$runbook" && linked "$alert" "$dashboards/rules.yml"
	ok $? "$alert has a section in the runbook, and a link to it"
done
is "$(sed -n 's/^## //p' "$runbook" | xargs)" "$(echo "$alerts" | xargs)" "the runbook has the alerts in their order, and no others"
alarm='a section was split, and this kernel loses its address'
tr '\n' ' ' <"$runbook" >"$tmp/out"
check "the alarm of serve is in the runbook, in its words" grep -q "$alarm" "$tmp/out"
# shellcheck disable=SC2016 # for the shell that is started
check "and these are its words" sh -c 'tr -d "\n\t\"" <"$1" | tr -s " " | sed "s/split%s, and this kernel/split, and this kernel/" | grep -q "$2"' - "$here/../../../user/cmd/watch.c" "$alarm"
# Each command of ours has the verb and the options that it names.
# shellcheck disable=SC2016 # backticks of the page
grep -oE '`v7scope [a-z]+[^`]*`' "$runbook" | tr -d '`' | sort -u >"$tmp/commands"
while read -r _ verb rest; do
	"$tool" help "$verb" >"$tmp/help" 2>&1 || echo "$verb"
	for word in $rest; do
		case $word in
		-*) grep -qE -- "(^|[ ,])$word( |,|\$)" "$tmp/help" || echo "$verb $word" ;;
		esac
	done
done <"$tmp/commands" >"$tmp/out"
check "each command of the runbook can be run as it stands" [ ! -s "$tmp/out" ]
check "there are commands" [ "$(wc -l <"$tmp/commands")" -gt 10 ]
sed 's/^## V7scopeDown$/## V7scopeUp/' "$runbook" >"$tmp/planted.md"
(section V7scopeDown "$tmp/planted.md") && planted=1 || planted=0
is "$planted" 0 "noticed: a section that is gone"

# The alert and the dashboard explain each cause that a scrape has, of whatever source.
# scrape NAME=VALUE...: the metrics of the tool with figures that are known beforehand
scrape() {
	env "$@" "$bin/fake" export --textfile "$tmp/scrape.prom" -i 0.2 -n 1 2>"$tmp/err" || bail "no metrics: $(cat "$tmp/err")"
	cat "$tmp/scrape.prom"
}
sed -n '/^      - alert: V7scopeEventsDropped$/,/^ *action:/p' "$dashboards/rules.yml" >"$tmp/alert"
jq -r '.. | objects | select(.title? == "Dropped events") | .description' "$dashboards/v7scope.json" >"$tmp/panel"
causes=$({ scrape FAKE=; scrape FAKE=stock; scrape FAKE_OVERRUN=1; } | sed -n 's/^v7scope_dropped_total{.*reason="\([a-z_]*\)".*/\1/p' | sort -u)
is "$(echo "$causes" | xargs)" "no_slot overrun probe_missed recursion refusal_missed unknown_event" "the causes of a scrape"
for cause in $causes; do
	cat "$tmp/alert" "$tmp/panel" >"$tmp/out"
	grep -qw "$cause" "$tmp/alert" && grep -qw "$cause" "$tmp/panel"
	ok $? "dropped events: what $cause is"
done

# planted WHAT AWK-PROGRAM: with the rules so changed, some test fails
mkdir "$tmp/planted"
cp "$dashboards/rules_test.yml" "$dashboards/rules_long_test.yml" "$tmp/planted/" || exit 1
planted() {
	awk "$2" "$dashboards/rules.yml" >"$tmp/planted/rules.yml"
	cmp -s "$dashboards/rules.yml" "$tmp/planted/rules.yml" && bail "nothing changed: $1"
	"$promtool" check rules "$tmp/planted/rules.yml" >"$tmp/out" 2>&1 || bail "no rules any more: $1: $(cat "$tmp/out")"
	! tests "$tmp/planted"
	ok $? "noticed: $1"
}

# expressions EXPRESSION: an awk program that puts it in the place of each alert's
# shellcheck disable=SC2016 # awk's
expressions() {
	printf 'BEGIN { with = "%s" }' "$1"
	echo '
		/^      - alert: / { mine = 1 }
		mine && /^        expr:/ { print "        expr: " with; skip = 1; next }
		skip && /^          / { next }
		{ skip = 0; print }'
}
# Each by itself: promtool says what it missed, and what was too much.
planted "alerts that never fire" "$(expressions 'vector(1) < 0')"
cp "$tmp/out" "$tmp/never"
planted "alerts that always fire" "$(expressions 'vector(1)')"
cp "$tmp/out" "$tmp/always"
for alert in $alerts; do
	grep -q "^ *exp: .*alertname=\"$alert\"" "$tmp/never"
	ok $? "noticed: $alert never fires"
	grep -q "^ *got: .*alertname=\"$alert\"" "$tmp/always"
	ok $? "noticed: $alert always fires"
done

# shellcheck disable=SC2016
{
planted "a threshold ten times too high" '/> 0.05/ { sub("0.05", "0.5") } { print }'
planted "a threshold a little too low" '/ratio_rate5m > 0.05/ { sub("0.05", "0.049") } { print }'
planted "a wait that is too long by a bucket" '{ sub("0[.]000131072", "0.000262144") } { print }'
planted "no patience" '/^        for: 15m/ { next } { print }'
planted "a metric that is called otherwise" '{ gsub("v7scope_exact", "v7scope_is_exact") } { print }'
planted "the leak taken from counts that are not exact" '/and on .job, instance. v7scope_exact == 1/ { next } { print }'
planted "a counter that is not a rate" '{ sub("rate.v7scope_splits_total.5m..", "v7scope_splits_total") } { print }'
}
done_testing
