#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The server with known figures (fake.c). scrapes=N and connections=N make its longest
# tests longer.
# shellcheck disable=SC2016 # what until_true is to try again and again
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
v7scope=$bin/fake
scrapes=${scrapes:-2000} connections=${connections:-3000}
# The sanitizer keeps freed memory, which is not a leak. Limit it to 1 MB.
export ASAN_OPTIONS="quarantine_size_mb=1:${ASAN_OPTIONS:-}"
# With the sanitizer, the heap needs longer until it stops growing. Leaks are reported at
# the end.
case $bin in *-san*) slack=4194304 ;; *) slack=524288 ;; esac
# shellcheck source=user/t/cli/server.sh
. "$here/server.sh"

# get NAME STATUS TYPE CURL-ARGS...: the answer in $tmp/out, its headers in $tmp/err
get() {
	get_name=$1 get_status=$2 get_type=$3
	shift 3
	run curl -s --path-as-is --max-time 20 -D "$tmp/headers" "$@"
	tr -d '\r' <"$tmp/headers" >"$tmp/err"
	grep -q "^HTTP/1.[01] $get_status " "$tmp/err" && grep -qix "content-type: $get_type" "$tmp/err"
	ok $? "$get_name"
}

# json NAME FILTER [OPTION]: true of the last answer
json() {
	cp "$tmp/out" "$tmp/json"
	run jq -e ${3:+"$3"} "$2" "$tmp/json"
	ok $status "$1"
}

# value SERIES: of the last answer
value() {
	awk -v series="$1" '$0 ~ "^" series " " { print $NF }' "$tmp/out"
}

prom='text/plain; version=0.0.4; charset=utf-8'
om='application/openmetrics-text; version=1.0.0; charset=utf-8'
plain='text/plain; charset=utf-8'

start
get "metrics without an Accept header" 200 "$prom" "$url/metrics"
check "metrics: they have figures" [ -n "$(value v7scope_start_time_seconds)" ]
get "metrics with the Accept header of Prometheus" 200 "$om" -H 'Accept: application/openmetrics-text;version=1.0.0;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3' "$url/metrics"
check "OpenMetrics: the last line is # EOF" [ "$(tail -n 1 "$tmp/out")" = "# EOF" ]
get "metrics with an Accept header that prefers text" 200 "$prom" -H 'Accept: application/openmetrics-text;q=0.1, text/*' "$url/metrics"
get "metrics: the query is ignored" 200 "$prom" "$url/metrics?name=x"
get "the state: healthy" 200 "$plain" "$url/-/healthy"
get "the state: ready" 200 "$plain" "$url/-/ready"
get "a snapshot" 200 application/json "$url/api/v1/snapshot"
json "a snapshot: the report of stat, with host, kernel and limits" \
	'.schema == 2 and .verb == "stat" and .final and (.exact | type) == "boolean" and (.tables | length) == 3 and
	(.server | (.host | length) > 0 and (.kernel | length) > 0 and .version == "0.1" and .interval == 1 and
	.alarms == [] and .alarm_times == [] and .now >= .start and .start > 1600000000 and
	(.limits | .lost_share == 100000 and .hold_p99 == 50000 and length == 19))'
missing=$(jq -r '.. | objects | keys[]' "$tmp/json" | sort -u | while read -r key; do
	grep -qw -- "$key" "$here/../../man/v7scope-json.5" "$here/../../man/v7scope-serve.1" || echo "$key"
done)
printf '%s\n' "$missing" >"$tmp/err"
check "a snapshot: each field is in the man page" [ -z "$missing" ]
get "HEAD: headers" 200 "$prom" -I "$url/metrics"
check "HEAD: Content-Length, and no body" [ "$(grep -c '^Content-Length: [1-9]' "$tmp/err") $(grep -vc ':' "$tmp/out")" = "1 2" ]
get "HEAD of the stream" 200 text/event-stream -I "$url/api/v1/stream"
run curl -sN -m 2 -D - -o /dev/null "$url/api/v1/stream"
check "nginx does not buffer the stream" grep -qi "^x-accel-buffering: no" "$tmp/out"
get "the page, or a text without it" 200 '.*' "$url/"

# packed NAME ENCODING VARY TYPE PATH: gzip, and the same lines in it
packed() {
	get "$1" 200 "$4" -H "Accept-Encoding: $2" "$url$5"
	check "$1: Content-Encoding and Vary" [ "$(sed -n 's/^Content-Encoding: //p; s/^Vary: //p' "$tmp/err" | sort | paste -sd ' ')" = "$3 gzip" ]
	cp "$tmp/out" "$tmp/packed"
	run gunzip -c <"$tmp/packed"
	check "$1: at most half of the length" [ "$status $(($(wc -c <"$tmp/packed") * 2 < $(wc -c <"$tmp/out")))" = "0 1" ]
	sed 's/ [^ ]*$//' "$tmp/out" >"$tmp/unpacked"
}
packed "metrics in gzip" gzip 'Accept, Accept-Encoding' "$prom" /metrics
curl -s "$url/metrics" | sed 's/ [^ ]*$//' | cmp - "$tmp/unpacked" >"$tmp/err"
ok $? "metrics in gzip: the same series"
packed "a snapshot in gzip" 'deflate, gzip;q=0.5' Accept-Encoding application/json /api/v1/snapshot
json "a snapshot in gzip: a snapshot after gunzip" '.schema == 2 and (.tables | length) == 3'
get "HEAD of metrics in gzip" 200 "$prom" -I -H 'Accept-Encoding: gzip' "$url/metrics"
check "HEAD of metrics in gzip: the compressed length" [ "$(sed -n 's/^Content-Length: //p' "$tmp/err")" -lt "$(($(wc -c <"$tmp/unpacked") / 2))" ]
for encoding in identity 'gzip;q=0' 'gzip;q=0.000, *' 'deflate, br' xgzip; do
	get "not compressed: $encoding" 200 "$prom" -H "Accept-Encoding: $encoding" "$url/metrics"
	check "not compressed: no Content-Encoding: $encoding" [ "$(sed -n 's/^Vary: //p; /^Content-Encoding/p' "$tmp/err")" = "Accept, Accept-Encoding" ]
	check "not compressed: metrics: $encoding" [ -n "$(value v7scope_start_time_seconds)" ]
done
curl -sN -m 1 -D "$tmp/headers" -H 'Accept-Encoding: gzip' "$url/api/v1/stream" >"$tmp/out" 2>"$tmp/err"
check "a stream is never compressed" [ "$(grep -ci '^content-encoding' "$tmp/headers") $(head -n 1 "$tmp/out")" = "0 event: snapshot" ]

get "404: /nothing" 404 "$plain" "$url/nothing"
for path in /metrics/ //metrics /../metrics /metrics/../metrics /%6detrics /api/v1/snapshot%00 /.. /../../../../etc/passwd '/\etc/passwd' /METRICS; do
	get "404: $path" 404 "$plain" "$url$path"
done
for method in POST PUT DELETE OPTIONS TRACE PATCH; do
	get "405: $method" 405 "$plain" -X $method "$url/metrics"
	check "405: $method: Allow lists GET and HEAD" grep -qx 'Allow: GET, HEAD' "$tmp/err"
done
get "501: an unknown method" 501 text/html -X FROB "$url/metrics"
get "400: a request with a body" 400 "$plain" -X GET -d x=y "$url/metrics"
head -c 100000 /dev/zero >"$tmp/zeroes"
run curl -s -o /dev/null -w '%{http_code}' --max-time 20 -H Expect: --data-binary "@$tmp/zeroes" "$url/metrics"
check "413: a body that is too large" [ "$(cat "$tmp/out")" = 413 ]
run "$bin/abuse" "$port" huge 1000000
check "a header of a megabyte" grep -qx 'closed\|4[0-9][0-9]' "$tmp/out"
get "a request as a client sends it to a proxy" 200 "$prom" -x "$url" "$url/metrics"
run curl -s --http1.0 -w '%{http_code}' -o /dev/null "$url/metrics"
check "HTTP/1.0" [ "$(cat "$tmp/out")" = 200 ]
run curl -s -w '%{num_connects} ' -o /dev/null "$url/-/ready" -o /dev/null "$url/metrics"
check "a connection is kept for the next request" [ "$(cat "$tmp/out")" = "1 0 " ]

# Once the figures stand still, all ways tell the same.
until_true 20 eval 'curl -s "$url/api/v1/snapshot" >"$tmp/json" && curl -s "$url/metrics" >"$tmp/out" &&
	[ "$(jq .total.install.attempts "$tmp/json")" = 18180 ]'
run jq -r '.devices[] | "\(.install.attempts) \(.install.lost) \(.free.tables) \(.window_ns.count) \(.split.cont.done)"' "$tmp/json"
cp "$tmp/out" "$tmp/as_json"
curl -s "$url/metrics" >"$tmp/out"
for device in 14006000 e67; do
	for samples in 'installs_total{' 'installs_total{.*outcome="lost_' 'frees_total{' 'install_window_seconds_count{' 'splits_total{.*reason="cont"'; do
		grep "^v7scope_$samples" "$tmp/out" | awk -v device="device=\"$device" 'index($0, device) { n += $NF } END { print n + 0 }'
	done | xargs
done >"$tmp/as_metrics"
run diff -u "$tmp/as_json" "$tmp/as_metrics"
ok $status "metrics and snapshot agree"

# A stream to two clients, one of whom leaves.
: >"$tmp/stream"
curl -sN "$url/api/v1/stream" >"$tmp/stream" &
first=$!
curl -sN "$url/api/v1/stream" >"$tmp/stream2" &
second=$!
kill $second
until_true 20 eval '[ "$(grep -c "^$" "$tmp/stream")" -ge 3 ]'
ok $? "the stream continues after another client leaves"
sed -n 's/^data: //p' "$tmp/stream" | head -n 3 >"$tmp/out"
json "the stream has snapshots in order" \
	'length == 3 and all(.verb == "stat" and .server.alarms == []) and
	(map(.elapsed_ns) | . == sort and (unique | length) == 3)' -s
stop "SIGTERM ends serve while a client reads the stream"
until_true 10 gone $first
ok $? "SIGTERM: the stream's client ends"
wait $first
is $? 18 "the stream ends as the connection is closed, not reset"
check "the stream ends with a whole event" [ "$(tail -n 2 "$tmp/stream" | sed 's/: .*//' | paste -sd ,)" = data, ]

# The past.
export FAKE_STEPS=1000000
start
unset FAKE_STEPS
until_true 20 eval 'curl -s "$url/api/v1/history" | jq -e ".points | length >= 3" >"$tmp/out"'
ok $? "the history grows without a client"
get "the history is served" 200 application/json "$url/api/v1/history"
json "the history: points follow each other, and a total is the sum of its devices" \
	'.step == 1 and (.points | length >= 3 and all(.seconds > 0.9 and .total.installs > 0 and
	.total.installs == ([.devices[].installs] | add) and
	.total.installs == (.total.window_ns | add))) and
	([.points[] | .end - .seconds] as $from | [.points[].end] as $till |
	all(range(1; $till | length); ($from[.] - $till[. - 1]) | fabs < 0.01))'
shown=$(jq '[.points[].total.installs] | add' "$tmp/json")
get "the history in one step" 200 application/json "$url/api/v1/history?from=1&to=$(jq '.points[-1].end | floor' "$tmp/json")&step=86400"
json "the history in one step: the same number of installs" '(.points | length) == 1 and .points[0].total.installs == '"$shown"
packed "the history in gzip" gzip Accept-Encoding application/json /api/v1/history
get "a range before the server's start is empty" 200 application/json "$url/api/v1/history?to=1000"
json "a range before the server's start has no points" '.points == []'
for query in from=x to=-1 step=0 step=1.5 'from=2&from=3' span=1 'from=99999999999' 'from=9999999999' 'step=%31' =; do
	get "the history: 400: $query" 400 "$plain" "$url/api/v1/history?$query"
	check "the history: 400 with one line: $query" [ "$(grep -c . "$tmp/out")" = 1 ]
done
get "the history: 400: a query with HTML" 400 "$plain" "$url/api/v1/history?<script>"
check "the history: the response does not repeat the query" sh -c '! grep -q script "$1"' sh "$tmp/out"
stop "the server with a past ends"

# The past on disk. points FILE [SELECT]: of an answer, a line each
points() {
	jq -c ".devices as \$d | .points[] | ${2:-.} | [.end, .total, (.devices | map([\$d[.device], .installs]))]" "$1"
}
export FAKE_STEPS=1000000
start --history "$tmp/history"
until_true 20 eval 'curl -s "$url/api/v1/history" | jq -e ".points | length >= 4" >"$tmp/out"'
run timeout 20 "$v7scope" serve --web.listen-address 127.0.0.1:0 --history "$tmp/history"
check "a second server with the same history is refused" [ "$status $(grep -c "another v7scope writes the history $tmp/history: choose another" "$tmp/err")" = "1 1" ]
curl -s "$url/api/v1/history" >"$tmp/first"
kill -KILL "$server"
wait "$server" 2>/dev/null
# The gap
sleep 2
start --history "$tmp/history"
until_true 20 eval 'curl -s "$url/api/v1/history" | jq -e ".start as \$s | [.points[] | select(.end > \$s + 1)] | length >= 2" >"$tmp/out"'
get "the history after the server was killed" 200 application/json "$url/api/v1/history"
last=$(jq '.points[-1].end' "$tmp/first")
# The wall clock is steered, so that times differ by a millisecond.
points "$tmp/first" | sed 's/^\[[0-9.]*//' >"$tmp/before"
points "$tmp/out" "select(.end < $last + 0.5)" | sed 's/^\[[0-9.]*//' >"$tmp/after"
run diff -u "$tmp/before" "$tmp/after"
check "the history: the points from before the kill are the same" [ "$status $([ "$(wc -l <"$tmp/before")" -ge 4 ] && echo some)" = "0 some" ]
curl -s "$url/api/v1/history" >"$tmp/out"
json "the history: one gap, between the two servers" '.start as $start | [.points[] | {end: .end, begin: (.end - .seconds)}] as $p |
	[range(1; $p | length) | select($p[.].begin > $p[. - 1].end + 0.1)] as $gaps |
	($gaps | length) == 1 and $p[$gaps[0]].begin >= $start and all($p[]; .begin > 1600000000)'
stop "the server with a history on disk ends"
check "the history: no error about the file, and its mode is 600" [ "$(grep -c history "$tmp/log") $(stat -c %a "$tmp/history")" = "0 600" ]
unset FAKE_STEPS
echo mine >"$tmp/file"
run timeout 20 "$v7scope" serve --web.listen-address 127.0.0.1:0 --history "$tmp/file"
check "a history that is another kind of file is refused" [ "$status $(grep -c "$tmp/file is not a history of v7scope and stays as it is" "$tmp/err") $(cat "$tmp/file")" = "1 1 mine" ]
mkdir "$tmp/small"
# shellcheck disable=SC2016 # for the shell in there
if unshare -m true 2>/dev/null; then
	unshare -m sh -c 'mount -t tmpfs -o size=16k none "$1" && exec "$2" serve --web.listen-address 127.0.0.1:0 --history "$1/history"' sh "$tmp/small" "$v7scope" >"$tmp/server" 2>"$tmp/log" &
	server=$!
	scheme=http
	until_true 30 is_up
	until_true 30 grep -q 'cannot write the history .*: No space left on device; serve goes on' "$tmp/log"
	ok $? "a full disk is reported"
	curl -s "http://127.0.0.1:$port/api/v1/history" >"$tmp/out"
	json "a full disk: the history continues in memory" '.points | length >= 2'
	stop "the server on a full disk ends"
	check "a full disk is reported twice: at the start, and once later" [ "$(grep -c 'No space left' "$tmp/log")" = 2 ]
else
	skip "a full disk" "needs a mount namespace"
fi

# Streams of one address leave some for others.
start
streams=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	curl -sN "$url/api/v1/stream" >"$tmp/stream$i" &
	streams="$streams $!"
	until_true 20 [ -s "$tmp/stream$i" ]
done
get "a 13th stream of one address is refused" 503 "$plain" "$url/api/v1/stream"
run curl -sN -m 2 --interface 127.0.0.2 "$url/api/v1/stream"
check "another address gets a stream" grep -q '^event: snapshot' "$tmp/out"
# shellcheck disable=SC2086 # a word for each
kill $streams
# shellcheck disable=SC2086
wait $streams 2>/dev/null
until_true 20 eval 'curl -sN -m 2 "$url/api/v1/stream" | grep -q "^event: snapshot"'
ok $? "the first address gets a stream again"
stop "the server ends well after its streams"

# No larger after a load than before it.
start
# process WHAT: the value of process_WHAT
process() {
	curl -s "$url/metrics" | sed -n "s/^process_$1 //p"
}
curl -s "$url/metrics?[1-500]" -o /dev/null
curl -s -H "Accept-Encoding: gzip" -o /dev/null "$url/metrics"
before=$(process resident_memory_bytes)
run curl -s --fail-early -f "$url/metrics?[1-$scrapes]" -o /dev/null
check "$scrapes scrapes" [ $status -eq 0 ]
run curl -s --fail-early -f -H 'Accept-Encoding: gzip' "$url/metrics?[1-$scrapes]" -o /dev/null
check "$scrapes scrapes in gzip" [ $status -eq 0 ]
after=$(process resident_memory_bytes)
echo "# resident: $before bytes, after $scrapes scrapes $after"
check "scrapes: no more memory than before" [ $((after - before)) -le $slack ]
fds=$(process open_fds)
run "$bin/abuse" "$port" many "$connections"
check "$connections connections, a third of them left at once" grep -qx 'done' "$tmp/out"
until_true 20 eval '[ "$(process open_fds)" -le "'"$fds"'" ]'
ok $? "connections: no descriptor is left open"
after=$(process resident_memory_bytes)
echo "# resident: $after"
check "connections: no more memory than before" [ $((after - before)) -le $slack ]
run "$bin/abuse" "$port" talk 20
check "data from a stream's client is not read, or closes the connection" grep -qx 'stuck\|closed' "$tmp/out"
after=$(process resident_memory_bytes)
echo "# resident: $after"
check "data from a stream's client: no more memory than before" [ $((after - before)) -le $slack ]
stop "SIGINT ends serve" INT

# The slow ones, all at once.
slow=
start -i 0.1
for act in half drip deaf; do
	"$bin/abuse" "$port" $act >"$tmp/$act" &
	slow="$slow $!"
done
mkfifo "$tmp/wait"
"$bin/abuse" "$port" crowd 100 <"$tmp/wait" >"$tmp/crowd" &
crowd=$!
exec 3>"$tmp/wait"
run curl -s --max-time 60 "$url/metrics"
check "a scrape succeeds while 100 silent clients hold connections" [ -n "$(value v7scope_exact)" ]
exec 3>&-
# shellcheck disable=SC2086 # one word each
wait "$crowd" $slow
for act in half drip deaf; do
	cp "$tmp/$act" "$tmp/out"
	# serve closes slow connections in favour of new ones.
	check "$act: serve closes the connection" grep -qx "closed\|early" "$tmp/$act"
done
get "metrics after the slow clients" 200 "$prom" "$url/metrics"
stop "serve ends after the slow clients"

# Few descriptors: it stops to accept, and does not spin.
prlimit --nofile=32 "$v7scope" serve --web.listen-address 127.0.0.1:0 -i 0.2 >"$tmp/server" 2>"$tmp/log" &
server=$!
until_true 30 eval 'port=$(sed -n "s|.*//127.0.0.1:\([0-9]*\)/$|\1|p" "$tmp/log"); [ -n "$port" ] && curl -s -o /dev/null "http://127.0.0.1:$port/-/ready"'
url=http://127.0.0.1:$port
cpu() {
	awk '{ sub(/.*[)] /, ""); print $12 + $13 }' "/proc/$server/stat"
}
"$bin/abuse" "$port" crowd 40 <"$tmp/wait" >"$tmp/crowd" &
crowd=$!
exec 3>"$tmp/wait"
until_true 10 grep -q there "$tmp/crowd"
before=$(cpu)
sleep 2
after=$(cpu)
echo "# ticks of 10 ms in 2 s: $((after - before))"
check "with 32 descriptors and 40 clients, serve uses little CPU time" [ $((after - before)) -le 40 ]
exec 3>&-
wait "$crowd"
get "with 32 descriptors: metrics after the clients have left" 200 "$prom" "$url/metrics"
stop "serve ends after 40 clients with 32 descriptors"
run prlimit --nofile=14 "$v7scope" serve --web.listen-address 127.0.0.1:0
check "14 descriptors are refused" [ "$status $(grep -c 'too few file descriptors' "$tmp/err")" = "1 1" ]

# The alarm.
FAKE=stock FAKE_SECTIONS=12 FAKE_WHEN=$tmp/when
export FAKE FAKE_SECTIONS FAKE_WHEN
start
curl -sN "$url/api/v1/stream" >"$tmp/stream" &
first=$!
until_true 20 grep -q '^event: snapshot' "$tmp/stream"
: >"$tmp/when"
until_true 20 eval '[ "$(grep -c "^event: alarm" "$tmp/stream")" -ge 13 ]'
ok $? "the stream has an alarm for each section that loses its address"
sed -n '/^event: alarm/{n;s/^data: //p}' "$tmp/stream" >"$tmp/out"
json "each alarm has a text and a time" 'all(keys == ["text", "time"] and (.text | test("a section was split")))' -s
get "the snapshot has the last ten" 200 application/json "$url/api/v1/snapshot"
json "the snapshot: the number of corrupted sections, and the times of the last ten" '(.server.alarms | length) == 10 and .corrupted == 13 and
	(.server | . as $s | (.alarm_times | length) == 10 and all(.alarm_times[]; . >= $s.start and . <= $s.now))'
cp "$tmp/log" "$tmp/out"
check "the log has the first ten alarms" [ "$(grep -c 'a section was split' "$tmp/log")" -eq 10 ]
get "metrics of a kernel without the series" 200 "$prom" "$url/metrics"
check "without the series: unavailable metrics are absent" [ "$(grep -c '^v7scope_\(refusals\|tables_alive\|install_window\)' "$tmp/out") $(value 'v7scope_capability{name="refusals"}')" = "0 0" ]
check "without the series: available metrics are present" [ "$(value v7scope_corrupted_sections_total) $(value v7scope_exact)" = "13 0" ]
stop "serve ends after the alarms"
wait $first
unset FAKE FAKE_SECTIONS FAKE_WHEN

# More page tables than a snapshot lists.
export FAKE_TABLES=100
start
unset FAKE_TABLES
get "a snapshot of 100 page tables" 200 application/json "$url/api/v1/snapshot"
json "has 64 of them" '(.tables | length) == 64 and (.devices | length) == 64 and
	.omitted == {tables: 36, others: 0, devices: 35, tasks: 0, waits_for: 0, stacks: 0, cpus: 0} and
	(.tables | map(.pgtable) | . == sort) and .total.pgtables == 100'
check "without the buckets of rows" jq -e '[.tables, .devices, .others | .[] | .window_ns, .wait_ns, .hold_ns | .buckets] | unique == [null]' "$tmp/json"
check "with the buckets of the sums" jq -e '[.total, .other | .window_ns, .wait_ns, .hold_ns | .buckets | length] | unique == [32]' "$tmp/json"
get "the buckets of rows" 200 application/json "$url/api/v1/snapshot?buckets=1"
json "on request" '(.tables | length) == 64 and ([.tables, .devices, .others | .[] | .window_ns, .wait_ns, .hold_ns | .buckets | length] | unique == [32]) and
	all(.tables[].window_ns; .count == (.buckets | add))'
get "all of them" 200 application/json "$url/api/v1/snapshot?all=1"
json "on request" '(.tables | length) == 100 and (.devices | length) == 99 and ([.omitted[]] | add) == 0 and
	all(.tables[].window_ns; .buckets == null) and
	([.tables[].install.attempts] | add) + .other.install.attempts == .total.install.attempts'
curl -sN -m 2 "$url/api/v1/stream" | sed -n '/^event: snapshot/{n; s/^data: //p; q}' >"$tmp/out"
json "the stream has 64, too" '(.tables | length) == 64 and .omitted.tables == 36 and .omitted.devices == 35 and
	all(.tables[].window_ns; .buckets == null)'
get "all of them with buckets" 200 application/json "$url/api/v1/snapshot?all=1&buckets=1"
json "on request, too" '(.tables | length) == 100 and all(.tables[].window_ns; .buckets | length == 32)'
# Clients of both forms at the same time
curl -sN "$url/api/v1/stream" >"$tmp/plain" &
first=$!
curl -sN "$url/api/v1/stream?buckets=1" >"$tmp/buckets" &
second=$!
snapshots() { grep -c '^event: snapshot' "$1"; }
check "two forms of the stream: both go on" \
	until_true 20 eval '[ "$(snapshots "$tmp/plain")" -ge 3 ] && [ "$(snapshots "$tmp/buckets")" -ge 3 ]'
kill $first $second
wait $first $second 2>/dev/null
for form in plain buckets; do
	sed -n '$!s/^data: //p' "$tmp/$form" | jq -c '[.tables[].window_ns.buckets | type] | unique' | sort -u >"$tmp/$form.types"
done
is "$(cat "$tmp/plain.types" "$tmp/buckets.types" | xargs -d '\n')" '["null"] ["array"]' "each has its own form in each snapshot"
for query in all=2 buckets 'all=1&x' buckets=1x; do
	get "a snapshot of ?$query" 400 "$plain" "$url/api/v1/snapshot?$query"
done
get "the stream has no ?all=1" 400 "$plain" "$url/api/v1/stream?all=1"
stop "and it ends well with 100 page tables"

# Events kept in memory. The load ends, so that the figures do.
start
get "without --keep-last: 404 for events" 404 "$plain" "$url/api/v1/events"
check "without --keep-last: the response names the option" grep -q -e 'start it with --keep-last SIZE' "$tmp/out"
get "without --keep-last: 404 for the recording" 404 "$plain" "$url/api/v1/recording"
get "without --keep-last: a snapshot" 200 application/json "$url/api/v1/snapshot"
json "without --keep-last: .server.events is null" '.server.events == null'
stop "serve ends without --keep-last"
FAKE_LOAD=200000
export FAKE_LOAD
start --keep-last 1M --tasks
# Its events come in steps; readings are a tenth of a second apart, at least.
is_over() {
	before=${now-} now=$(curl -s "$url/api/v1/snapshot?" | jq .total.install.attempts)
	[ "$now" -gt 0 ] && [ "$before" = "$now" ]
}
until_true 60 eval 'is_over && sleep 0.2 && is_over'
ok $? "the load is over"
get "a snapshot of the whole load" 200 application/json "$url/api/v1/snapshot"
cp "$tmp/out" "$tmp/whole"
get "the last events" 200 application/json "$url/api/v1/events"
json "the last events: splits, refusals and lost races, in the order of time" '(.events | length) == 200 and .count > 200 and .dropped == 0 and
	all(.events[]; .event == "refuse" or .event == "split" or (.event == "install" and .outcome != "won") or
		(.event == "free" and .why == "replaced_live")) and ([.events[].time_ns] | . == sort)'
check "the last events: as many as in the snapshot, and of the last minute" jq -e --slurpfile whole "$tmp/whole" '
	(.offset + .events[-1].time_ns / 1e9 - now) as $ago | $ago < 1 and $ago > -60 and .count == $whole[0].server.events' "$tmp/json"
get "the recording" 200 application/octet-stream "$url/api/v1/recording"
check "the recording: the header with its file name" grep -qixE 'content-disposition: attachment; filename="v7scope-[0-9]+.rec"' "$tmp/err"
check "the recording: at most SIZE and one reading" [ "$(wc -c <"$tmp/out")" -le $((1048576 * 5 / 4)) ]
cp "$tmp/out" "$tmp/rec"
"$tool" report "$tmp/rec" --json >"$tmp/out" 2>"$tmp/err"
check "the recording is complete" [ "$? $(wc -c <"$tmp/err")" = "0 0" ]
jq -S '.total | del(.alive, .net)' "$tmp/out" >"$tmp/replayed"
jq -S '.total | del(.alive, .net)' "$tmp/whole" >"$tmp/counted"
check "the recording: the counts of the snapshot" cmp "$tmp/replayed" "$tmp/counted"
# trace of the recording FILE: how many events it has
in_recording() { "$tool" report "$1" trace --json 2>"$tmp/err" | jq -s 'map(select(.line == "event")) | length'; }
is "$(in_recording "$tmp/rec" | grep -cx '[1-9][0-9]*')" 1 "the recording: it has events"
curl -sI "$url/api/v1/recording" >"$tmp/out"
check "HEAD of the recording" grep -q '^HTTP/1.1 200' "$tmp/out"
seq 300 | sed "s|.*|url = $url/api/v1/recording\noutput = $tmp/again|" >"$tmp/urls"
curl -s -K "$tmp/urls"
# A reading of the ring's own may push out a block meanwhile.
check "300 downloads do not displace events from the recording" [ "$(in_recording "$tmp/again")" -ge $(($(in_recording "$tmp/rec") * 9 / 10)) ]
run "$tool" report "$tmp/again" --json
check "300 downloads: the last one is complete" [ "$status $(wc -c <"$tmp/err")" = "0 0" ]
# slow N: a client of its own address that takes its time
slow() {
	curl -s --interface "127.0.0.$1" --limit-rate 1K "$url/api/v1/recording" >"$tmp/download.$1" &
	downloads="${downloads-} $!"
	until_true 20 eval '[ -n "$(find "$tmp" -name "download.$1" -size +1k)" ]'
}
# code N: the status that a client of that address gets
code() { curl -s --interface "127.0.0.$1" -o "$tmp/out" -w '%{http_code}' "$url/api/v1/recording"; }
slow 1
is "$(code 1)" 503 "a slow client: 503 for a second download of its address"
check "a slow client: 503 gives the reason" grep -qa 'or this one, are downloading it' "$tmp/out"
is "$(code 2)" 200 "a slow client: another address gets the recording"
slow 2
is "$(code 3)" 503 "two slow clients: 503 for a third address"
# shellcheck disable=SC2086 # numbers
kill $downloads
until_true 20 eval '[ "$(code 3) $(code 1)" = "200 200" ]'
ok $? "after the slow clients have gone: both addresses get the recording"
stop "serve ends with --keep-last"
unset FAKE_LOAD
run timeout 20 "$v7scope" serve --keep-last 9M
check "--keep-last of more than 8M is refused, and the message names record --keep-last" [ "$status $(grep -c 'record --keep-last' "$tmp/err")" = "2 1" ]

# Errors at the start
start
run timeout 20 "$v7scope" serve --web.listen-address "127.0.0.1:$port"
check "a port that is in use is refused" [ "$status $(grep -c "'127.0.0.1:$port': Address already in use; run .ss -ltnp. to find" "$tmp/err")" = "1 1" ]
run timeout 20 "$v7scope" serve --web.listen-address 192.0.2.1:0
check "an address of another machine is refused" [ "$status $(grep -c 'Cannot assign requested address; no interface' "$tmp/err")" = "1 1" ]
FAKE=none run timeout 20 "$v7scope" serve --web.listen-address 127.0.0.1:0
check "no events on this kernel: refused" [ "$status $(grep -c 'none of the io_pgtable events' "$tmp/err")" = "1 1" ]
stop "serve ends after others were refused its port"
"$v7scope" serve --web.listen-address 127.0.0.1:0 --web.listen-address 127.0.0.1:0 2>"$tmp/log" >"$tmp/server" &
server=$!
until_true 30 eval '[ "$(grep -c serving "$tmp/log")" -eq 2 ]'
sed -n 's/.* at //p' "$tmp/log" | while read -r each; do
	curl -s --retry 20 --retry-connrefused "${each}-/ready"
done >"$tmp/out"
check "two addresses" [ "$(xargs <"$tmp/out")" = "ok ok" ]
stop "a server with two addresses ends"

# The log as JSON
FAKE=stock FAKE_SECTIONS=12 FAKE_WHEN=$tmp/when
export FAKE FAKE_SECTIONS FAKE_WHEN
rm -f "$FAKE_WHEN"
"$v7scope" serve --log.format json --web.listen-address "unix:$tmp/socket" >"$tmp/server" 2>"$tmp/log" &
server=$!
until_true 30 curl -s -o /dev/null --unix-socket "$tmp/socket" http://localhost/-/ready
: >"$FAKE_WHEN"
until_true 20 eval '[ "$(grep -c "a section was split" "$tmp/log")" -ge 10 ]'
stop "a server with a JSON log ends"
cp "$tmp/log" "$tmp/out"
json "the JSON log: each line is an object with time, level and message" 'all(keys == ["level", "message", "time"] and
	(.time | test("^20[0-9-]+T[0-9:]+[.][0-9]{3}Z$")) and (.message | startswith("v7scope:") | not)) and
	([.[] | select(.level == "info") | .message | split(" ")[0]] == ["serving", "attached"]) and
	([.[] | select(.level == "error" and (.message | test("a section was split")))] | length) == 10' -s
unset FAKE FAKE_SECTIONS FAKE_WHEN
FAKE=none run timeout 20 "$v7scope" serve --log.format=json --web.listen-address 127.0.0.1:0
cp "$tmp/err" "$tmp/out"
json "the JSON log: an error at the start is an object, too" 'last | .level == "error" and (.message | test("none of the io_pgtable events"))' -s
rm -f "$tmp/socket"

# A Unix socket. unix_up [ARGS]...: a server at $tmp/socket
unix_up() {
	"$v7scope" serve --web.listen-address "unix:$tmp/socket" "$@" 2>"$tmp/log" >"$tmp/server" &
	server=$!
	until_true 30 curl -s -o /dev/null --unix-socket "$tmp/socket" http://localhost/-/ready
	url=http://localhost
}
unix_up --sandbox off
check "the log has the path" grep -qx "v7scope: serving http at unix:$tmp/socket" "$tmp/log"
get "metrics by a Unix socket" 200 "$prom" --unix-socket "$tmp/socket" "$url/metrics"
get "a Unix socket: any Host is accepted" 200 "$plain" --unix-socket "$tmp/socket" -H 'Host: board.example' "$url/-/ready"
get "a Unix socket: a malformed Host is refused" 400 "$plain" --unix-socket "$tmp/socket" -H 'Host: a b' "$url/-/ready"
check "a Unix socket: owner and group may connect" [ "$(stat -c %a "$tmp/socket")" = 660 ]
streams=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	curl -sN --unix-socket "$tmp/socket" "$url/api/v1/stream" >"$tmp/stream$i" &
	streams="$streams $!"
	until_true 20 [ -s "$tmp/stream$i" ]
done
get "a Unix socket: its clients count as one address" 503 "$plain" --unix-socket "$tmp/socket" "$url/api/v1/stream"
# shellcheck disable=SC2086 # a word for each
kill $streams
# shellcheck disable=SC2086
wait $streams 2>/dev/null
run timeout 20 "$v7scope" serve --web.listen-address "unix:$tmp/socket"
check "a Unix socket: a second server is refused" [ "$status $(grep -c "'unix:$tmp/socket': Address already in use; run .ss -lxp. to find" "$tmp/err")" = "1 1" ]
get "a Unix socket: the first server still serves" 200 "$prom" --unix-socket "$tmp/socket" "$url/metrics"
stop "the server at the socket ends"
check "the server removes its socket" [ ! -e "$tmp/socket" ]
unix_up
kill -KILL "$server"
wait "$server" 2>/dev/null
check "a killed server leaves its socket" [ -S "$tmp/socket" ]
unix_up
get "the next server replaces the stale socket" 200 "$prom" --unix-socket "$tmp/socket" "$url/metrics"
stop "a server at a socket ends in its sandbox"
# The socket is left by that server, and not by the next one.
run timeout 20 "$v7scope" serve --web.listen-address "unix:$tmp/none/s" --web.listen-address "unix:$tmp/socket"
check "a server that cannot listen does not remove another's socket" [ "$status $([ -S "$tmp/socket" ] && echo left)" = "1 left" ]
run timeout 20 "$v7scope" serve --web.listen-address "unix:$tmp/socket" --history "$tmp"
check "a server that fails before does not remove another's socket" [ "$status $([ -S "$tmp/socket" ] && echo left)" = "1 left" ]
rm -f "$tmp/socket"
echo kept >"$tmp/file"
run timeout 20 "$v7scope" serve --web.listen-address "unix:$tmp/file"
check "another file is never replaced" [ "$status $(grep -c 'exists and is not a socket; v7scope does not remove it' "$tmp/err") $(cat "$tmp/file")" = "1 1 kept" ]
FAKE=none run timeout 20 "$v7scope" serve --web.listen-address "unix:$tmp/socket"
check "a server that cannot attach removes its socket" [ "$status $(ls "$tmp/socket" 2>/dev/null)" = "1 " ]
check "nothing is printed to standard output" [ ! -s "$tmp/server" ]
done_testing
