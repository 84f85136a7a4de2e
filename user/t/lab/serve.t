#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The server's figures of a load equal the load's arithmetic. The cost of serving is
# measured.
# shellcheck source-path=SCRIPTDIR source=../../../tools/stress/t/lib.sh
. "$(dirname -- "$0")/../../../tools/stress/t/lib.sh"
need_v7scope
mkdir "$tmp/guest"
stage "$tmp/guest"
cp "$(dirname -- "$0")/serve" "$tmp/guest/" || bail "no guest's part"
tool=$(readlink -f -- "$tool")
cd "$tmp/guest" || exit 1

# shellcheck disable=SC2016 # for the shell that is started
check "a load, served and exported" sh -c '"$@" >"$0"' "$tmp/values" \
	"$lab" run --kernel "$kernel" --arch "$arch" --dir "$tmp/guest" -- sh serve

# value NAME: of what the guest measured
value() { sed -n "s/^$1 //p" "$tmp/values"; }

# served FILE FAMILY LABELS...: by device, with all of these labels
served() {
	served_file=$1 family=$2
	shift 2
	grep "^v7scope_${family}{" "$served_file" >"$tmp/samples"
	for each; do
		grep "$each" "$tmp/samples" >"$tmp/samples.new"
		mv "$tmp/samples.new" "$tmp/samples"
	done
	sed 's/.*device="\([^"]*\)".* /\1 /' "$tmp/samples" | sort
}

# expected KEY: by device, what the arithmetic says
expected() {
	jq -r --arg key "$1" '.pgtables | group_by(.dev)[] | "\(.[0].dev) \(map(.expect[$key]) | add)"' result.json | sort
}

for file in loaded.prom after.prom export.prom; do
	while read -r key family labels; do
		# shellcheck disable=SC2086 # words
		is "$(served $file "$family" $labels)" "$(expected "$key")" "$file: $key"
	done <<'END'
won_map installs_total reason="map" outcome="won"
won_split installs_total reason="split" outcome="won"
free_unmap frees_total reason="unmap"
free_replaced frees_total reason="replaced"
split_cont_done splits_total reason="cont" outcome="done"
split_block_done splits_total reason="block" outcome="done"
END
	is "$(awk '/^v7scope_installs_total.*outcome="lost_/ { n += $NF } END { print n }' $file)" \
		"$(awk '/^v7scope_frees_total.*reason="lost"/ { n += $NF } END { print n }' $file)" "$file: each that lost freed its table"
	is "$(awk '/^v7scope_install_window_seconds_count/ { n += $NF } END { print n }' $file)" \
		"$(awk '/^v7scope_installs_total/ { n += $NF } END { print n }' $file)" \
		"$file: each install is in the histogram"
	is "$(sed -n 's/^v7scope_exact //p' $file)" 1 "$file: exact"
done
is "$(awk '/^v7scope_tables_alive/ { n += $NF } END { print n }' loaded.prom)" "$(jq '[.pgtables[].walk.tables] | add' result.json)" \
	"what is alive is what a walk finds"
is "$(awk '/^v7scope_(tables_alive|table_growth|page_tables)[{]/ { n += $NF } END { print n }' after.prom)" 0 "nothing is, once all is destroyed"
is "$(jq '.total.install | .map.won, .split.won' after.json | xargs)" "$(jq '[.pgtables[].expect] | (map(.won_map) | add), (map(.won_split) | add)' result.json | xargs)" \
	"the snapshot says the same"
is "$(sed -n 's/^v7scope_bpf_runs_total{program="\(.*\)"} [1-9].*/\1/p' after.prom | xargs)" \
	"$(sed -n 's/^v7scope_bpf_run_seconds_total{program="\(.*\)"} 0\.[0-9]*[1-9]$/\1/p' after.prom | xargs)" \
	"what the programs took is known, of each that ran"
is "$(grep -c '^v7scope_bpf_runs_total' after.prom)" 6 "and there are six"
check "the stream went on" [ "$(grep -c '^event: snapshot' stream)" -ge 3 ]

echo "# resident: $(value rss) KiB, at most $(value peak); CPU of 100 scrapes: from $(value cpu.before) to $(value cpu.after) s"
"$tool" report kept.rec --json >"$tmp/out" 2>"$tmp/err"
is "$? $(wc -c <"$tmp/err")" "0 0" "a recording of the events in memory is complete"
is "$(jq '.total.install | .map.won, .split.won' "$tmp/out" | xargs)" "$(jq '[.pgtables[].expect] | (map(.won_map) | add), (map(.won_split) | add)' kept.json | xargs)" \
	"it has the counts of the load's arithmetic"
"$tool" report kept.rec trace --json >"$tmp/out" 2>"$tmp/err"
is "$(jq -s 'map(select(.line == "event" and .event == "install" and .outcome == "won")) | length' "$tmp/out")" \
	"$(jq '[.pgtables[].expect | .won_map + .won_split] | add' kept.json)" "and each install that won, as an event"
is "$(jq -c '.events | length' kept.events)" "$(jq -c '[.count, 200] | min' kept.events)" "the last events that matter are there"
is "$(jq -sc '[.[] | select(.line == "event") | {time_ns, event, iova, pid, cpu}]' "$tmp/out" | jq -c --slurpfile kept kept.events \
	'(map(tojson)) as $all | [$kept[0].events[] | {time_ns, event, iova, pid, cpu} | tojson] | . - $all | length')" 0 "and each of them is in the recording"
echo "# resident: $(value kept.rss) KiB with 4 MiB of events"
check "resident with 4 MiB of events: at most 16 MiB" [ "$(value kept.rss)" -le 16384 ]
is "$(value kept.status)" 0 "it ends as it should"
check "resident while serving: at most 12 MiB" [ "$(value peak)" -le 12288 ]
is "$(value caps) $(value permitted)" "0x0000000000000000 0x0000000000000000" "capabilities left"
is "$(value serve.status) $(value export.status)" "0 0" "both end as they should"
done_testing
