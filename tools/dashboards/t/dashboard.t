#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The dashboard and the rules against a real Prometheus. It has scraped the tool with
# known figures, with the series and without, over HTTP and through node_exporter's
# textfile collector.
# shellcheck disable=SC2016,SC2317 # filters of jq, and functions that are called by name
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
# shellcheck source-path=SCRIPTDIR source=../../t/tap.sh
. "$top/tools/t/tap.sh"
# shellcheck source-path=SCRIPTDIR source=../prometheus.sh
. "$here/../prometheus.sh"
need_built

dashboard=$here/../v7scope.json
rules=$here/../rules.yml
find_prometheus "$top/tools/lab/lab" || bail "no Prometheus, see above"
exporter=$("$top/tools/lab/lab" package prometheus-node-exporter) || bail "no node_exporter, see above"

# shape NAME FILTER: of the dashboard
shape() {
	jq -c "def panels: .panels | map(., .panels[]?) | map(select(.type != \"row\")); $2" "$dashboard" >"$tmp/out" 2>&1
	check "$1" [ "$(cat "$tmp/out")" = '[]' ]
}
shape "the schema is the current one" '[.schemaVersion | select(. != 42)]'
shape "there is a variable for the data source, the board and the device" \
	'["datasource", "instance", "device"] - [.templating.list[].name]'
shape "each panel has its data from that source" \
	'[panels[] | select(.datasource != {type: "prometheus", uid: "${datasource}"}) | .title]'
shape "each target, too" \
	'[panels[] | select((.targets | length) == 0 or any(.targets[]; .datasource.uid != "${datasource}")) | .title]'
shape "and each variable and annotation" \
	'[.templating.list[], .annotations.list[] | select(.type != "datasource" and .builtIn != 1 and .datasource.uid != "${datasource}") | .name]'
shape "no other source is named anywhere" \
	'[.. | objects | .datasource? // empty | .uid? // . | select(. != "${datasource}" and . != "-- Grafana --")]'
shape "each panel says what it shows" '[panels[] | select((.title // "") == "" or ((.description // "") | length) < 30) | .id]'
shape "each panel has a unit" '[panels[] | select(.fieldConfig.defaults.unit | not) | .title]'
shape "numbers and titles are there once" \
	'[(.panels | group_by(.id)[]), (panels | group_by([.title])[]) | select(length > 1) | .[0].title]'
shape "no panel lies upon another, or outside" \
	'[[.panels[] | . as $p | .gridPos | . as $g | range(.x; .x + .w) as $x | range(.y; .y + .h) as $y | {at: [$x, $y], title: $p.title, w: ($g.x + $g.w)}]
	  | (group_by(.at)[] | select(length > 1)), map(select(.w > 24)) | .[]? | .title] | unique'
shape "below the fleet all is of the chosen board" \
	'(.panels | map(.type == "row") | indices(true)[1]) as $fleet
	 | [.panels[$fleet:][] | select(.type != "row" and any(.targets[]; .expr | contains("=~\"$instance\"") | not)) | .title]'

# Each by itself, as a rule of its own
{
	echo 'groups: [{name: all, rules: ['
	"$here/metrics" --expressions "$dashboard" | jq -R '{record: "x:x", labels: {nr: (input_line_number | tostring)}, expr: .}' | sed '/^}/s/$/,/'
	echo ']}]'
} >"$tmp/expressions.yml"
"$promtool" check rules "$tmp/expressions.yml" >"$tmp/out" 2>&1
ok $? "each expression is PromQL"
check "an expression for each target of the dashboard" [ "$(jq '[.. | objects | select(.expr?)] | length' "$dashboard")" -lt \
	"$(grep -c '"expr"' "$tmp/expressions.yml")" ]

# Extract each block of the README that is a configuration of Prometheus.
awk -v to="$tmp/readme." '
	!/^(    |$)/ || /^    # agent.yml/ { inside = 0 }
	/^    (rule_files|scrape_configs|global):/ && !inside { inside = 1; file = to (++n) ".yml" }
	inside { sub(/^    /, ""); print > file }' "$here/../README.md"
check "the page shows three configurations" [ "$(find "$tmp" -name 'readme.*.yml' | wc -l)" -eq 3 ]
for file in "$tmp"/readme.*.yml; do
	agent=
	! grep -q remote_write "$file" || agent=--agent
	# shellcheck disable=SC2086 # no word if there is none
	"$promtool" check config --syntax-only $agent "$file" >"$tmp/out" 2>&1
	ok $? "a configuration of the page: $(sed -n 's/.*job_name: \([a-z]*\).*/\1/p' "$file" | head -n 1) $agent"
done

# A fake serves at a port of its own; what it says when it is ready has the address.
started=
trap 'stop $started; rm -rf "$tmp"' EXIT
serve() {
	name=$1
	shift
	# shellcheck disable=SC2086 # no word, or an option and its value
	"$@" "${bin:?}/fake" serve --web.listen-address 127.0.0.1:0 $profile 2>"$tmp/serve.$name" &
	started="$started $!"
	until_true 30 grep -q 'serving at' "$tmp/serve.$name"
}
address() { sed -n 's/.*serving at http:\/\/\([0-9.:]*\)\/.*/\1/p' "$tmp/serve.$1"; }
profile=
serve series env FAKE_STEPS=1000 FAKE_FLUSHES=1 || bail "the tool does not serve: $(cat "$tmp/serve.series")"
serve stock env FAKE=stock FAKE_SECTIONS=1 || bail "the tool does not serve: $(cat "$tmp/serve.stock")"
# The fleet profile, of the same figures and of a board without the series
profile='--metrics-profile fleet'
serve fleet env FAKE_STEPS=1000 FAKE_FLUSHES=1 || bail "the tool does not serve: $(cat "$tmp/serve.fleet")"
serve stockfleet env FAKE=stock FAKE_SECTIONS=1 || bail "the tool does not serve: $(cat "$tmp/serve.stockfleet")"

mkdir "$tmp/textfile"
run env FAKE=stock FAKE_SECTIONS=1 "$bin/fake" export --textfile "$tmp/textfile/v7scope.prom" -i 0.2 -n 1
ok $status "a file for node_exporter"
run env FAKE=stock FAKE_SECTIONS=1 "$bin/fake" export --textfile "$tmp/fleet.prom" -i 0.2 -n 1 --metrics-profile fleet
"$promtool" check metrics <"$tmp/fleet.prom" >"$tmp/out" 2>&1
check "promtool reads the fleet profile" [ "$status $(grep -c 'error while linting\|parse error' "$tmp/out")" = "0 0" ]
"$exporter/usr/bin/prometheus-node-exporter" --web.listen-address=127.0.0.1:0 --collector.disable-defaults \
	--collector.textfile --collector.textfile.directory="$tmp/textfile" 2>"$tmp/node" &
started="$started $!"
node() { sed -n 's/.*msg="Listening on" address=//p' "$tmp/node"; }
node_listens() { [ -n "$(node)" ]; }
until_true 30 node_listens || bail "node_exporter does not start: $(cat "$tmp/node")"

cp "$rules" "$tmp/" || exit 1
cat >"$tmp/prometheus.yml" <<END
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: v7scope
    static_configs: [{targets: ['$(address series)', '$(address stock)', '$(address fleet)', '$(address stockfleet)']}]
  - job_name: node
    static_configs: [{targets: ['$(node)']}]
END
start_prometheus "$tmp" --storage.tsdb.path="$tmp/tsdb" || bail "Prometheus does not start: $(cat "$tmp/log")"
started="$started $prometheus_pid"
until_true 60 holds 'count(count_over_time(up[1m] @ end()) >= 4) == 5 and min(min_over_time(up[1m])) == 1'
ok $? "all targets are scraped"
query '{__name__!~"node_.*",job="node"}' | jq -e 'any(.metric.__name__ == "v7scope_exact")' >"$tmp/out" 2>&1
ok $? "node_exporter passes the file on"

# exists FILE...: nothing is printed
there() { curl -s "$prometheus_url/api/v1/label/__name__/values" | jq -r '.data[]' | sort -u >"$tmp/names"; }
exists() { there && "$here/metrics" "$@" | comm -23 - "$tmp/names"; }
# Only a kernel has these; user/t/lab/prometheus.t looks for them.
real='v7scope_(bpf_runs_total|bpf_run_seconds_total|tables_alive)'
missing() { exists "$@" | grep -vxE "$real"; }
evaluated() { ! missing "$rules" | grep -q :; }
until_true 60 evaluated
# In the text a histogram has the name of its family.
runbook=$here/../runbook.md
missing "$rules" "$dashboard" >"$tmp/out"
"$here/metrics" "$runbook" | sed 's/_wait_seconds$/&_count/' | sort | comm -23 - "$tmp/names" | grep -vxE "$real" >>"$tmp/out"
check "each metric of the rules, panels and runbook exists" [ ! -s "$tmp/out" ]

"$here/metrics" --expressions "$dashboard" | grep -vE "$real" >"$tmp/list"
while read -r expression; do
	case $(query "$expression") in
	'[]' | *error*) echo "$expression" ;;
	esac
done <"$tmp/list" >"$tmp/silent"
# Restarts are none; of time there is too little.
grep -v -e '^changes(' "$tmp/silent" >"$tmp/out"
check "each panel shows something" [ ! -s "$tmp/out" ]
# silent NAME: the panels that show nothing of that board
silent() {
	INSTANCE=$(address "$1") "$here/metrics" --expressions "$dashboard" | grep -F "$(address "$1")" | while read -r expression; do
		case $(query "$expression") in
		'[]' | *error*) echo "$expression" ;;
		esac
	done | sed "s/$(address "$1")/BOARD/g"
}
# recorded NAME: the series that the rules record of that board, by name and device
recorded() {
	query "{__name__=~\".+:.+\",instance=\"$(address "$1")\"}" | jq -r '.[].metric | .__name__ + " " + .device' | sort -u
}
for board in series stock; do
	of_fleet=$(echo $board | sed 's/series/fleet/; s/stock/stockfleet/')
	silent $board >"$tmp/silent.full"
	silent "$of_fleet" >"$tmp/silent.fleet"
	run diff "$tmp/silent.full" "$tmp/silent.fleet"
	ok $status "a board with the fleet profile shows the panels of one without: $board"
	check "of which there are many" [ "$(INSTANCE=BOARD "$here/metrics" --expressions "$dashboard" | grep -c BOARD)" -gt "$(($(wc -l <"$tmp/silent.full") + 10))" ]
	recorded $board >"$tmp/recorded.full"
	recorded "$of_fleet" >"$tmp/recorded.fleet"
	run diff "$tmp/recorded.full" "$tmp/recorded.fleet"
	check "and the rules record as much" [ "$status $([ "$(wc -l <"$tmp/recorded.full")" -gt 5 ]; echo $?)" = "0 0" ]
done
# alerts NAME: those of that board, with the labels that they say
alerts() {
	query "ALERTS{instance=\"$(address "$1")\"}" | jq -c '.[].metric | del(.instance)' | sort
}
# shellcheck disable=SC2317 # by until_true
same_alerts() {
	alerts stock >"$tmp/alerts.full"
	alerts stockfleet >"$tmp/alerts.fleet"
	[ -s "$tmp/alerts.full" ] && diff "$tmp/alerts.full" "$tmp/alerts.fleet" >"$tmp/out"
}
until_true 30 same_alerts
ok $? "and raise the same alerts"
check "the alarm of a split section is raised" until_true 30 \
	holds 'ALERTS{alertname="V7scopeSectionCorrupted", alertstate="firing", job="v7scope"}'
check "the alarm is raised from the text file, too" until_true 30 holds 'ALERTS{alertname="V7scopeSectionCorrupted", alertstate="firing", job="node"}'
curl -s "$prometheus_url/api/v1/alerts" | jq -c '[.data.alerts[].annotations | .. | strings | select(test("<|no value|\\{\\{"))]' >"$tmp/out" 2>&1
check "alerts read well" [ "$(cat "$tmp/out")" = '[]' ]
curl -s "$prometheus_url/api/v1/rules" | jq -c '[.data.groups[].rules[] | select(.health != "ok")]' >"$tmp/out" 2>&1
check "all rules are healthy" [ "$(cat "$tmp/out")" = '[]' ]

# planted FILE SED WANTED: the unknown metric WANTED is found
planted() {
	sed "$2" "$1" >"$tmp/planted.${1##*.}"
	missing "$tmp/planted.${1##*.}" >"$tmp/out"
	check "noticed: $3 in ${1##*/}" grep -qx "$3" "$tmp/out"
}
planted "$rules" 's/v7scope_refusals_total/v7scope_refused_total/' v7scope_refused_total
planted "$rules" 's/instance_device:v7scope_split_lock_contended:rate5m > 1/instance_device:v7scope_waits:rate5m > 1/' instance_device:v7scope_waits:rate5m
planted "$dashboard" 's/v7scope_tables_alive{/v7scope_alive{/' v7scope_alive
planted "$dashboard" 's/label_values(v7scope_build_info/label_values(v7scope_info/' v7scope_info
sed 's/v7scope_table_growth/v7scope_tables_net/' "$runbook" >"$tmp/planted.md"
missing "$tmp/planted.md" >"$tmp/out"
check "noticed: an unknown metric in the runbook" grep -qx v7scope_tables_net "$tmp/out"
dashboard=$tmp/planted.json
jq '.panels[3].targets[0].datasource.uid = "P1809F7CD0C75ACF3" | del(.panels[4].description, .panels[5].fieldConfig.defaults.unit)' "$here/../v7scope.json" >"$dashboard"
(
	shape source '[.. | objects | .datasource? // empty | .uid? // . | select(. != "${datasource}" and . != "-- Grafana --")]'
	shape words '[panels[] | select(((.description // "") | length) < 30) | .id]'
	shape unit '[panels[] | select(.fieldConfig.defaults.unit | not) | .title]'
) >"$tmp/list"
cp "$tmp/list" "$tmp/out"
check "noticed: a data source by its id, a panel without a description, a panel without a unit" [ "$(grep -c '^not ok' "$tmp/list")" -eq 3 ]
done_testing
