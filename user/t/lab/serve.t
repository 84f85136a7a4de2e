#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What is served of a load is what its own arithmetic says; and what serving takes.
# shellcheck source-path=SCRIPTDIR source=../../../tools/stress/t/lib.sh
. "$(dirname -- "$0")/../../../tools/stress/t/lib.sh"
need_v7scope
mkdir "$work/guest"
stage "$work/guest"
cp "$(dirname -- "$0")/serve" "$work/guest/" || bail "no guest's part"
cd "$work/guest" || exit 1

# shellcheck disable=SC2016 # for the shell that is started
ok "a load, served and exported" sh -c '"$@" >"$0"' "$work/values" \
	"$lab" run --kernel "$kernel" --arch "$arch" --dir "$work/guest" -- sh serve

# value NAME: of what the guest measured
value() { sed -n "s/^$1 //p" "$work/values"; }

# served FILE FAMILY LABELS...: by device, with all of these labels
served() {
	served_file=$1 family=$2
	shift 2
	grep "^v7scope_${family}{" "$served_file" >"$work/samples"
	for each; do
		grep "$each" "$work/samples" >"$work/samples.new"
		mv "$work/samples.new" "$work/samples"
	done
	sed 's/.*device="\([^"]*\)".* /\1 /' "$work/samples" | sort
}

# expected KEY: by device, what the arithmetic says
expected() {
	jq -r --arg key "$1" '.pgtables | group_by(.dev)[] | "\(.[0].dev) \(map(.expect[$key]) | add)"' result.json | sort
}

for file in loaded.prom after.prom export.prom; do
	while read -r key family labels; do
		# shellcheck disable=SC2086 # words
		is "$file: $key" "$(served $file "$family" $labels)" "$(expected "$key")"
	done <<'END'
won_map installs_total kind="map" outcome="won"
won_split installs_total kind="split" outcome="won"
free_unmap frees_total kind="unmap"
free_replaced frees_total kind="replaced"
split_cont_done splits_total kind="cont" outcome="done"
split_block_done splits_total kind="block" outcome="done"
END
	is "$file: each that lost freed its table" "$(served $file installs_lost_total)" "$(served $file frees_total 'kind="lost"')"
	is "$file: each install is in the histogram, or not timed" \
		"$(awk '/^v7scope_install_window_seconds_count|^v7scope_untimed_total{.*window/ { n += $NF } END { print n }' $file)" \
		"$(awk '/^v7scope_install_attempts_total/ { n += $NF } END { print n }' $file)"
	is "$file: exact" "$(sed -n 's/^v7scope_exact //p' $file)" 1
done
is "what is alive is what a walk finds" "$(awk '/^v7scope_tables_alive/ { n += $NF } END { print n }' loaded.prom)" \
	"$(jq '[.pgtables[].walk.tables] | add' result.json)"
is "nothing is, once all is destroyed" "$(awk '/^v7scope_(tables_alive|tables_net|page_tables)[{]/ { n += $NF } END { print n }' after.prom)" 0
is "the snapshot says the same" "$(jq '.total.install | .map.won, .split.won' after.json | xargs)" \
	"$(jq '[.pgtables[].expect] | (map(.won_map) | add), (map(.won_split) | add)' result.json | xargs)"
is "what the programs took is known, of each that ran" \
	"$(sed -n 's/^v7scope_bpf_runs_total{program="\(.*\)"} [1-9].*/\1/p' after.prom | xargs)" \
	"$(sed -n 's/^v7scope_bpf_run_seconds_total{program="\(.*\)"} 0\.[0-9]*[1-9]$/\1/p' after.prom | xargs)"
is "and there are six" "$(grep -c '^v7scope_bpf_runs_total' after.prom)" 6
ok "the stream went on" [ "$(grep -c '^event: snapshot' stream)" -ge 3 ]

echo "# resident: $(value rss) KiB, at most $(value peak); CPU of 100 scrapes: from $(value cpu.before) to $(value cpu.after) s"
ok "resident while serving: at most 12 MiB" [ "$(value peak)" -le 12288 ]
is "capabilities left" "$(value caps) $(value permitted)" "0x0000000000000000 0x0000000000000000"
is "both end as they should" "$(value serve.status) $(value export.status)" "0 0"
finish
