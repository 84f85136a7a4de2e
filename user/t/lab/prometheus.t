#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# A Prometheus on the host scrapes a guest under load for $seconds. In the end its numbers
# equal the load's arithmetic.
# shot=FILE.png keeps screenshots of the page of serve, as the README shows them:
# shot=user/web/page.png prove user/t/lab/prometheus.t
# shellcheck disable=SC2317 # functions that are called by name
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"
# shellcheck source-path=SCRIPTDIR source=../../../tools/dashboards/prometheus.sh
. "$top/tools/dashboards/prometheus.sh"

seconds=${seconds-30}
find_prometheus "$top/tools/lab/lab" || bail "no Prometheus, see above"
stress=$("$top/tools/stress/build") || bail "no v7stress.ko"
cp "$stress" "$here/prometheus.guest" "$tmp/" || exit 1

guest='' prometheus_pid=
trap 'stop $guest $prometheus_pid; rm -rf "$tmp"' EXIT

"$top/tools/lab/lab" run --dir "$tmp" --forward 0:10053 -- sh prometheus.guest 300000 2>"$tmp/err" &
guest=$!
port() { sed -n 's/^lab: 127.0.0.1:\([0-9]*\) is port 10053 of the guest$/\1/p' "$tmp/err"; }
known() { [ -n "$(port)" ] || ! kill -0 "$guest"; }
until_true 300 known
target=127.0.0.1:$(port)
serves() { curl -sf -o /dev/null "http://$target/-/ready"; }
until_true 120 serves
ok $? "the guest serves"

cp "$top/tools/dashboards/rules.yml" "$tmp/" || exit 1
cat >"$tmp/prometheus.yml" <<EOF2
global: {scrape_interval: 5s, scrape_timeout: 5s, evaluation_interval: 5s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: v7scope
    static_configs: [{targets: ['$target']}]
EOF2
"$promtool" check config "$tmp/prometheus.yml" >"$tmp/out" 2>&1
ok $? "Prometheus accepts the rules and the configuration"
start_prometheus "$tmp" --storage.tsdb.path="$tmp/tsdb" || bail "Prometheus does not start: $(cat "$tmp/log")"
until_true 60 holds 'up == 1'
touch "$tmp/watched"
until_true $((seconds * 3)) holds "count_over_time(up[1h]) > $seconds / 5"
ok $? "it was scraped for $seconds s"

if [ -n "${shot-}" ]; then
	modules=$top/build/playwright
	"$top/user/web/fetch" "$top/user/t/web" "$modules" >"$tmp/out" 2>&1 &&
		NODE_PATH=$modules/node_modules timeout 120 node "$top/user/t/web/shot.js" "http://$target/" "$shot" >"$tmp/out" 2>&1
	ok $? "a picture of the page"
fi

curl -s -m 60 "http://$target/metrics" >"$tmp/text"
"$promtool" check metrics <"$tmp/text" >"$tmp/out" 2>&1
ok $? "promtool check metrics, of the text"
check "and no word about it" [ ! -s "$tmp/out" ]

touch "$tmp/enough"
until_true 300 [ -e "$tmp/loaded" ]
ok $? "the loads came to their end"
# scraped: at least a second after now. The time here has no fraction, and a response may
# come from a reading 0.1 s old.
scraped() { until_true 60 holds "timestamp(v7scope_exact) > $(($(date +%s) + 2))"; }
scraped
cat "$tmp"/result.* | jq -s '
	{runs: length, errors: map(.errors + .verify.wrong) | add,
	 devices: [map(.pgtables) | add | group_by(.dev)[]
		| {dev: .[0].dev, alive: .[-1].walk.tables, tables: length,
		   expect: (map(.expect | to_entries[]) | group_by(.key) | map({(.[0].key): map(.value) | add}) | add)}]}' \
	>"$tmp/load.json"
jq -e '.errors == 0 and (.devices | length) == 2 and
	all(.devices[]; .expect.won_map > 1000 and .expect.won_split > 100 and .expect.split_cont_done > 1000)' "$tmp/load.json" >"$tmp/out"
ok $? "the loads did what they should"

# agrees EXPRESSION FILTER: by device, with what the filter takes from the load's
agrees() {
	query "sum by (device) ($1)" | jq '[.[] | {(.metric.device): .value[1] | tonumber}] | add' >"$tmp/out" 2>&1
	jq "[.devices[] | {(.dev): $2}] | add" "$tmp/load.json" | jq -e --slurpfile got "$tmp/out" '. == $got[0]' >"$tmp/wanted" 2>&1 ||
		{ jq -c "[.devices[] | {(.dev): $2}] | add" "$tmp/load.json" | sed 's/^/wanted: /' >>"$tmp/out"; false; }
	ok $? "$1: what the arithmetic says"
}
while read -r expression filter; do
	agrees "v7scope_$expression" "$filter"
done <<'EOF2'
installs_total{reason="map",outcome="won"} .expect.won_map
installs_total{reason="split",outcome="won"} .expect.won_split
frees_total{reason="unmap"} .expect.free_unmap
frees_total{reason="replaced"} .expect.free_replaced
splits_total{reason="cont",outcome="done"} .expect.split_cont_done
splits_total{reason="block",outcome="done"} .expect.split_block_done
refusals_total{reason="exists"} .expect.refuse_exists
refusals_total{reason="absent"} .expect.refuse_absent
refusals_total{reason="partial"} .expect.refuse_partial
tables_alive .alive
page_table_lifecycle_total{outcome="created"} .tables
EOF2

cp "$tmp/load.json" "$tmp/right.json"
jq '.devices[1].expect.won_map += 1' "$tmp/right.json" >"$tmp/load.json"
(agrees 'v7scope_installs_total{reason="map",outcome="won"}' .expect.won_map) >"$tmp/wrong"
mv "$tmp/right.json" "$tmp/load.json"
check "noticed: one install too few" grep -q '^not ok' "$tmp/wrong"

# none EXPRESSION NAME: nothing of which it is true
none() {
	query "$1" >"$tmp/out"
	check "$2" [ "$(cat "$tmp/out")" = '[]' ]
}
check "installs were lost" holds 'sum by (device) (v7scope_installs_total{outcome=~"lost_.*"}) > 0'
check "splits waited" holds 'sum by (device) (v7scope_split_lock_contended_total) > 0'
none 'sum without (reason, outcome) (v7scope_installs_total{outcome=~"lost_.*"}) != ignoring (reason) v7scope_frees_total{reason="lost"}' "each lost table is freed"
none 'sum without (reason, outcome) (v7scope_installs_total) != v7scope_install_window_seconds_count' "each install has a window"
none 'sum without (reason, outcome) (v7scope_splits_total{reason="cont"}) != v7scope_split_lock_hold_seconds_count' "each split under the lock has a hold"
none 'v7scope_split_lock_contended_total != v7scope_split_lock_wait_seconds_count' "each wait has a time"
none '{reason="-"}' "each count has its reason"
none 'v7scope_exact != 1' "exact"
none 'sum(v7scope_dropped_total) != 0' "nothing dropped"
none 'min_over_time(up[1h]) != 1' "no scrape failed"
query '{__name__=~"v7scope_.*_total"}[1h]' | jq -c '[.[] | (.values | map(.[1] | tonumber)) as $v |
	select(any(range(1; $v | length); $v[.] < $v[. - 1]))]' >"$tmp/out" 2>&1
check "no counter ever went back" [ "$(cat "$tmp/out")" = '[]' ]
check "what the programs cost is known" holds 'v7scope_bpf_runs_total > 0 and v7scope_bpf_run_seconds_total > 0'

# Only OpenMetrics has units, and a type `info`.
curl -s "$prometheus_url/api/v1/targets/metadata" | jq -c '[.data[] | {(.metric): {type, unit}}] | add |
	[.v7scope_build, .v7scope_install_window_seconds]' >"$tmp/out" 2>&1
check "Prometheus took it as OpenMetrics" [ "$(cat "$tmp/out")" = \
	'[{"type":"info","unit":""},{"type":"histogram","unit":"seconds"}]' ]

curl -s "$prometheus_url/api/v1/rules" | jq -c '[.data.groups[].rules[] | select(.health != "ok")]' >"$tmp/out" 2>&1
check "all rules are healthy" [ "$(cat "$tmp/out")" = '[]' ]
none 'ALERTS{alertstate="firing"}' "no alert"
"$top/tools/dashboards/t/metrics" "$top/tools/dashboards/rules.yml" "$top/tools/dashboards/v7scope.json" >"$tmp/used" ||
	bail "cannot read the rules and the dashboard"
curl -s "$prometheus_url/api/v1/label/__name__/values" | jq -r '.data[]' | sort -u >"$tmp/there"
# A kernel with the defect has the first, node_exporter the second, and a board with a
# known driver the flushes: tools/lab/boards/t/flush.t looks for those.
sort -u "$tmp/used" | comm -23 - "$tmp/there" | grep -vx -e v7scope_corrupted_sections_total -e node_textfile_mtime_seconds -e 'v7scope_flush.*' >"$tmp/out"
check "each metric that a rule or panel uses is there" [ ! -s "$tmp/out" ]

touch "$tmp/seen"
until_true 60 [ -e "$tmp/unloaded" ] && scraped
check "each page table was destroyed" holds "sum(v7scope_page_table_lifecycle_total{outcome='destroyed'}) == $(jq '[.devices[].tables] | add' "$tmp/load.json")"
none 'v7scope_page_tables != 0' "and none is left"
check "curl, promtool and Prometheus see the same" [ "$(value 'sum(v7scope_splits_total)')" = \
	"$(curl -s "http://$target/metrics" | awk '/^v7scope_splits_total/ { sum += $2 } END { print sum }')" ]
touch "$tmp/over"
wait $guest
ok $? "the guest ends well, and the kernel has nothing to say"
guest=
done_testing
