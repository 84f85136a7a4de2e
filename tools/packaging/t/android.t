#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The SQL of tools/packaging/android, run by SQLite on a converted recording, against the
# recording's report; and the configuration of Perfetto.
#
#   PERFETTO_PROTOS=DIR prove android.t     DIR has Perfetto's perfetto_config.proto
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
need_built
here=$top/tools/packaging
command -v protoc >/dev/null || skip_all "no protoc here (tools/deps would install it)"

FAKE_LOAD=5000 "$bin/fake" record -o "$tmp/load" -- sleep 0.5 >/dev/null 2>&1 &&
	"$bin/fake" convert "$tmp/load" --to perfetto -o "$tmp/trace" 2>/dev/null &&
	"$bin/fake" report "$tmp/load" trace --json >"$tmp/events" 2>/dev/null &&
	python3 "$top/user/t/cli/perfetto.py" "$tmp/trace" >"$tmp/slices" || bail "no recording"
# Counts of each device, from the report's events
jq -cS -s '[.[] | select(.line == "event" and (.event == "install" or .event == "split"))] | group_by(.dev) | map({
	dev: .[0].dev,
	installs: map(select(.event == "install")) | length,
	lost: map(select(.event == "install" and .outcome != "won")) | length,
	splits: map(select(.event == "split" and .outcome == "done")) | length,
	waits: map(select((.wait_ns // 0) > 0)) | length,
	longest_wait_ns: (map(.wait_ns // 0) | max)}) | sort_by(-.lost, .dev) | .[]' "$tmp/events" >"$tmp/wanted"
check "the load has lost races, splits and waits, of two devices" \
	jq -e -s 'length == 2 and all(.lost > 10 and .splits > 10 and .waits > 10)' "$tmp/wanted"

# query KIND [FILE [QUERY]]
query() {
	python3 "$here/t/android.py" "$1" "${2:-$here/android/$1.sql}" "${3-}" <"$tmp/$1" | jq -cS .
}
# plain: control characters of a device's name are "?" in a trace
plain() { jq -cS '.dev |= gsub("[^ -~]"; "?")' "$1"; }

for kind in slices events; do
	query $kind >"$tmp/got"
	plain "$tmp/got" >"$tmp/out"
	plain "$tmp/wanted" >"$tmp/wanted.plain"
	check "$kind.sql: lost races, splits and waits of each device" diff "$tmp/wanted.plain" "$tmp/out"
done
query events "" 'SELECT name, ts, dur FROM pgtable_slices ORDER BY name, ts, dur;' >"$tmp/out"
jq -cS 'select(.line == "event" and .event == "install" and (.window_ns // 0) > 0) | {name: (if .outcome == "won" then "install won" else "install lost" end), ts: (.time_ns - .window_ns), dur: .window_ns}' \
	"$tmp/events" >"$tmp/slices.wanted"
jq -cS 'select(.line == "event" and .event == "split") | (select((.wait_ns // 0) > 0) | {name: "wait", ts: (.time_ns - .hold_ns - .wait_ns), dur: .wait_ns}), (select((.hold_ns // 0) > 0) | {name: "hold", ts: (.time_ns - .hold_ns), dur: .hold_ns})' \
	"$tmp/events" >>"$tmp/slices.wanted"
jq -cS -s 'sort_by(.name, .ts, .dur) | .[]' "$tmp/slices.wanted" >"$tmp/slices.sorted"
check "events.sql: race windows, waits and holds as slices ($(wc -l <"$tmp/out"))" cmp "$tmp/slices.sorted" "$tmp/out"

# planted KIND SED WHAT
planted() {
	sed "$2" "$here/android/$1.sql" >"$tmp/planted.sql"
	query "$1" "$tmp/planted.sql" >"$tmp/got"
	check "planted: $1.sql, $3" sh -c '[ -s "$2" ] && ! cmp -s "$1" "$2"' sh "$tmp/wanted" "$tmp/got"
}
planted slices "s/lost_\*/*/" "each install is a lost one"
planted events "s/outcome > 0/outcome > 1/" "one kind of lost install is left out"

if [ -e "${PERFETTO_PROTOS-}/perfetto_config.proto" ]; then
	config=$here/android/v7scope.pbtx
	decode() { protoc --decode=perfetto.protos.TraceConfig -I "$PERFETTO_PROTOS" perfetto_config.proto; }
	encode() { protoc --encode=perfetto.protos.TraceConfig -I "$PERFETTO_PROTOS" perfetto_config.proto; }
	encode <"$config" >"$tmp/config" 2>"$tmp/err"
	ok $? "v7scope.pbtx: Perfetto's own proto files know each field"
	decode <"$tmp/config" >"$tmp/out"
	has "$tmp/out" 'ftrace_events: "io_pgtable/\*"' "v7scope.pbtx: asks for the events"
	check "planted: a field that Perfetto does not know is refused" sh -c '! sed "s/drain_period_ms/drain_ms/" "$1" | protoc --encode=perfetto.protos.TraceConfig -I "$2" perfetto_config.proto' sh "$config" "$PERFETTO_PROTOS"
else
	skip "v7scope.pbtx" "PERFETTO_PROTOS names no folder with Perfetto's perfetto_config.proto"
fi
done_testing
