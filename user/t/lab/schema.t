#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The JSON of each verb, as it is on real kernels, conforms to its JSON Schema: with the
# series, without, and where the driver splits nothing. See user/t/cli/schema.t for the rest.
#
#   kernels='6.1-series 6.1-stock debian-6.12 debian-7.x' full=full prove schema.t
# shellcheck disable=SC2016 # jq expands it
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/stress.sh
. "$top/tools/t/stress.sh"
kernels=${kernels-debian-6.12} full=${full-}
tool=${tool-$top/build/$(uname -m)/v7scope}
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip_all "python3-jsonschema is not installed"
for verb in top stat hist trace flush record report check serve doctor; do
	"$tool" schema $verb >"$tmp/$verb.schema" || bail "no schema of $verb"
done

# valid VERB FILE
# shellcheck disable=SC2317 # called by check
valid() { /usr/bin/python3 "$here/../cli/validate.py" "$tmp/$1.schema" <"$2"; }

# shellcheck disable=SC2317 # called by check
refused() { ! valid "$@"; }

# planted VERB FILE JQ: a fault in its last object
planted() {
	tail -n 1 "$2" | jq -c "$3" >"$tmp/planted"
	tail -n 1 "$2" | jq -c . >"$tmp/plain"
	! cmp -s "$tmp/planted" "$tmp/plain" || bail "nothing planted: $3"
	check "planted in $1, noticed: $3" refused "$1" "$tmp/planted"
}

# busy VERB.NAME FILTER: the JSON holds what the load did, of all its lines
busy() {
	run jq -es "$2" "$dir/$1.json"
	ok $status "$1 has the load: $2"
}

for kernel in $kernels; do
	case $kernel in
	*-series) base=${kernel%-series} stock='' board='' ;;
	*-stock) base=${kernel%-stock} stock=--stock board='' ;;
	*) base=$kernel stock='' board=smmuv3 ;;
	esac
	tap_prefix="$kernel: "
	dir=$tmp/$kernel
	mkdir "$dir" || exit
	# shellcheck disable=SC2086
	stress_for "$kernel" "$base" arm64 $stock || continue
	cp "$stress" "$here/schema.guest" "$dir/" || exit
	# shellcheck disable=SC2086
	run "$top/tools/lab/lab" run --kernel "$base" --arch arm64 $stock --board ${board:-virt} --timeout 900 --dir "$dir" -- sh schema.guest $board $full
	sed 's/^/# /' "$tmp/out"
	ok $status "every verb runs"
	[ $status -eq 0 ] || continue
	for file in "$dir"/*.json; do
		name=${file##*/}
		check "${name%.json} conforms to the schema" valid "${name%%.*}" "$file"
	done
	for name in stat.all report.stat serve.snapshot serve.stream ${full:+top.all}; do
		busy "$name" 'any(.total.install.attempts > 0)'
	done
	for name in hist.all report.hist; do
		busy $name 'any(.total.window_ns | . == null or .count > 0)'
	done
	busy trace.all 'map(select(.event == "install")) | length > 0'
	busy report.trace 'map(select(.event == "install")) | length > 0'
	busy check.first '.[0].figures.total.install.attempts > 0'
	busy serve.history '.[0].points | length > 1'
	[ -z "$board" ] || busy flush.disk '.[-1].total.flushes > 0'
	case $kernel in
	*-series) busy stat.all '.[-1] | .source == "bpf" and .exact' ;;
	debian-7*) busy stat.all '.[-1].total.split.block.done == null' ;;
	*) busy stat.all '.[-1] | .source != "bpf" and .total.split.block.done != null' ;;
	esac
	planted stat "$dir/stat.all.json" '.planted = 1'
	planted hist "$dir/hist.all.json" 'del(.total)'
	planted trace "$dir/trace.all.json" '.cpus[0].counted |= tostring'
	planted serve "$dir/serve.snapshot.json" '.tables[0].install.won = "planted"'
	planted serve "$dir/serve.history.json" 'del(.points[0].total.waits)'
	planted check "$dir/check.first.json" '.judgements[0].result = "planted"'
done
done_testing
