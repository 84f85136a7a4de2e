#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Verdicts on known figures (fake.c), and the differences between two verdicts.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
v7scope=$bin/fake
FAKE=board
export FAKE

# judged NAME STATUS FAILED: the status, and the judgement that failed
judged() {
	check "$1: status $2" [ $status -eq "$2" ]
	json "$1: fails: ${3:-nothing}" "[.judgements[] | select(.result == \"fail\") | .name] == [${3:+\"$3\"}]"
}

# Time enough for a trend, with events going on until the end.
FAKE_STEPS=1000 run "$v7scope" check --for 4s --limit growth_time=3s --json
cp "$tmp/out" "$tmp/pass.json"
judged "a board without faults" 0 ''
json "all judgements passed, and there are some" '.result == "pass" and (.judgements | length) == 13 and
	all(.judgements[]; .result == "pass" and .why == null) and .ended == "time"'
json "the verdict names the kernel, the host, the time and the limits" '.schema == 2 and .verb == "check" and .v7scope != "" and .figures.source == "fake" and
	.kernel.release == "'"$(uname -r)"'" and .kernel.machine == "'"$(uname -m)"'" and .host == "'"$(uname -n)"'" and
	(.time | . > 1700000000) and .config.for_ns == 4000000000 and .config.command == null and
	.config.source == null and .config.limits.growth_time == 3000000000 and .config.limits.hold_max == 1000000 and
	(.series.events | length) == 6'
json "its figures are the report of stat" '.figures | .verb == "stat" and .final and .total.install.attempts == 6360300 and
	(.tables | length) == 3 and .exact'
build_id=$(dd if=/sys/kernel/notes bs=1 skip=16 count=20 2>/dev/null | od -An -tx1 | tr -d ' \n')
case $(od -An -c -N 16 /sys/kernel/notes 2>/dev/null | tr -d ' \n') in
004*003*GNU*) json "the kernel's build id" ".kernel.build_id == \"$build_id\"" ;;
*) skip "the kernel's build id" "its notes begin with another one" ;;
esac
json "every number is an integer" '[.. | numbers | . == floor] | length > 500 and all'

FAKE_STEPS=1000 FAKE_PLANT=grow run "$v7scope" check --for 4s --limit growth_time=3s --json
judged "growth of tables" 1 growth
FAKE_STEPS=1000 FAKE_PLANT=grow run "$v7scope" check --for 4s --limit growth_time=3s --limit growth=100000 --json
judged "growth of tables within the limit" 0 ''

FAKE_PLANT=leak run "$v7scope" check --json --for 1s
judged leak 1 lost_freed
for plant in skip=exact refuse=refusals hold=hold; do
	FAKE_PLANT=${plant%=*} run "$v7scope" check --json -- true
	judged "${plant%=*}" 1 "${plant#*=}"
done
json "a failure says what is wrong and what to do" '.judgements[] | select(.result == "fail") |
	.why == "p99: 200us, limit 50.0us" and (.means | test("v7scope hist")) and .figures.p99 == 200000 and
	.limits == {hold_p99: 50000, hold_max: 1000000}'
FAKE_PLANT=hold run "$v7scope" check --json --limit hold_p99=200us -- true
judged "hold within the limit" 3 ''
FAKE_PLANT=hold run "$v7scope" check --json --limit hold_p99=200us --limit hold_max=199999ns -- true
judged "hold one nanosecond above the limit" 1 hold
FAKE=stock run "$v7scope" check --json -- true
judged "a kernel that corrupts" 1 corruption
json "the defect has a name" '.judgements[] | select(.name == "corruption").why | test("1 sections .* section_split_address")'
json "unavailable figures are null" '.judgements[] | select(.name == "hold") | .result == "cannot tell" and
	([.figures[]] | all(. == null))'
check "the section that lost its address is not reported separately" [ "$(grep -c 'a section was split' "$tmp/err")" -eq 0 ]

# TLB flushes, on a board where a device has a driver that flush knows.
FAKE_FLUSHES=1 run "$v7scope" check --json --for 1s
judged "a TLB flush timed out" 1 flushes
cp "$tmp/out" "$tmp/flushes.json"
json "as often as flush counts" '.judgements[] | select(.name == "flushes") | .figures.flushes > 2000 and
	.figures.timeouts >= 1 and .limits == {flush_timeouts: 0}'
FAKE_FLUSHES=1 run "$v7scope" check --json --for 1s --limit flush_timeouts=1000000
judged "timeouts within the limit" 3 ''
json "then flushes pass" '.judgements[] | select(.name == "flushes").result == "pass"'
FAKE_FLUSHES=1 run "$v7scope" check --json --for 1s --no-flushes
json "without flushes there is no judgement on them" '[.judgements[] | select(.name == "flushes")] == []'
FAKE_FLUSHES=barred run "$v7scope" check --json --for 1s
check "flushes that cannot be counted: the obstacle is printed" grep -q 'kprobes are not permitted; run it as root' "$tmp/err"
json "and the judgement is inconclusive" '.judgements[] | select(.name == "flushes") |
	.result == "cannot tell" and (.why | test("--no-flushes omits this judgement")) and ([.figures[]] | all(. == null))'

FAKE_STEPS=0 run "$v7scope" check --for 1s
check "a run that is too short: status 3" [ $status -eq 3 ]
FAKE_STEPS=0 run "$v7scope" check --json --limit min_installs=1000000 -- true
judged "too few events: cannot tell" 3 ''
json "too few events: the inconclusive checks" '[.judgements[] | select(.result == "cannot tell").name] | index("traffic") and index("losses")'

# Forms.
FAKE_PLANT=leak run "$v7scope" check --for 1s -- sleep 100
check "text: the last line is the verdict" [ "$(tail -n 1 "$tmp/out")" = "verdict: fail: lost_freed" ]
check "text: no line is wider than 80" [ "$(awk 'length > 80' "$tmp/out" | wc -l)" -eq 0 ]
check "text: a line for each check" [ "$(grep -c '^\(pass\|fail\|cannot tell\)  ' "$tmp/out")" -eq 14 ]
run "$v7scope" check -- true
grep -q '^verdict: cannot tell: growth$' "$tmp/out"
ok $? "text: the verdict names the inconclusive check"
FAKE_PLANT=leak run "$v7scope" check --tap --for 1s -- sh -c 'echo hello; sleep 100'
check "TAP: status" [ $status -eq 1 ]
check "TAP: CMD's output goes to standard error" [ "$(grep -c hello "$tmp/out") $(cat "$tmp/err")" = "0 hello" ]
cp "$tmp/out" "$tmp/tap"
run prove -e cat "$tmp/tap"
[ $status -ne 0 ] && grep -q 'Failed test:  *4$' "$tmp/out" && grep -q 'Tests: 14 Failed: 1' "$tmp/out"
ok $? "TAP: prove understands it"
run "$v7scope" check --tap -- true
cp "$tmp/out" "$tmp/tap"
run prove -v -e cat "$tmp/tap"
[ $status -eq 0 ] && grep -q 'ok 6 .* # SKIP cannot tell: watched for' "$tmp/out"
ok $? "TAP: an inconclusive check is skipped"

# junit: what Python's own parser reads in it: cases, failures, skipped ones, and each name
junit() {
	/usr/bin/python3 - "$1" <<'EOT'
import sys, xml.etree.ElementTree as tree
suite, = tree.parse(sys.argv[1]).getroot()
cases = suite.findall("testcase")
assert suite.tag == "testsuite" and all(c.get("classname") and c.get("name") for c in cases)
for name, found in ("tests", cases), ("failures", suite.findall("testcase/failure")), ("skipped", suite.findall("testcase/skipped")):
    assert int(suite.get(name)) == len(found), name
    print(name, len(found), *[f.get("message", "").split(":")[0] for f in found if f.tag != "testcase"])
print(suite.find("properties/property[@name='source']").get("value") if suite.find("properties") is not None else "-")
EOT
}
FAKE_PLANT=leak run "$v7scope" check --junit --for 1s -- sleep 100
cp "$tmp/out" "$tmp/junit.xml"
is "$status $(junit "$tmp/junit.xml" | cut -d' ' -f 1-2 | xargs)" "1 tests 14 failures 1 skipped 1 fake" "JUnit: a failure"
run "$v7scope" check --junit -- true
cp "$tmp/out" "$tmp/junit.xml"
is "$(junit "$tmp/junit.xml" | cut -d' ' -f 1-2 | xargs)" "tests 14 failures 0 skipped 1 fake" "JUnit: an inconclusive check is skipped"
cp "$tmp/junit.xml" "$tmp/planted.xml" && sed -i 's/skipped="1"/skipped="0"/' "$tmp/planted.xml"
check "JUnit: the parser finds a planted wrong sum" sh -c '! /usr/bin/python3 -c "$1" "$2"' sh \
	'import sys, xml.etree.ElementTree as t; s, = t.parse(sys.argv[1]).getroot(); assert int(s.get("skipped")) == len(s.findall("testcase/skipped"))' "$tmp/planted.xml"

# The reason for the end, and the exit status.
run "$v7scope" check --json -- sh -c 'exit 7'
check "a CMD that failed: cannot tell" [ $status -eq 3 ]
json "a CMD that failed: the verdict has its status" '.ended == "command" and (.judgements[] | select(.name == "command") |
	.result == "cannot tell" and .figures.status == 7) and .config.command == ["sh", "-c", "exit 7"]'
run "$v7scope" check -- /no/such
check "no such CMD: status 4, one line" [ "$status $(wc -l <"$tmp/err") $(wc -c <"$tmp/out")" = "4 1 0" ]
FAKE=none run "$v7scope" check --json
check "no source: status 4, one line" [ "$status $(wc -l <"$tmp/err") $(wc -c <"$tmp/out")" = "4 1 0" ]
run sh -c '"$1" check -- true >/dev/full' sh "$v7scope"
check "a full disk: status 4, one line" [ "$status $(wc -l <"$tmp/err")" = "4 1" ]
run sh -c '{ "$1" check --json -- true; echo $? >"$2"; } | true' sh "$v7scope" "$tmp/left"
check "a reader that leaves: the status is the verdict" [ "$(cat "$tmp/left") $(wc -c <"$tmp/err")" = "3 0" ]
run "$v7scope" check --json --for 1s -- sh -c 'trap "echo ended >&2; exit 5" TERM; while :; do sleep 0.1; done'
check "CMD gets SIGTERM when the time is over" [ "$(cat "$tmp/err")" = ended ]
json "SIGTERM at the end of the time is not a failure of CMD" '.ended == "time" and (.judgements[] | select(.name == "command").result == "pass")'
for signal in INT TERM; do
	"$v7scope" check --json >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	until_caught $pid
	kill -$signal $pid
	wait $pid
	check "SIG$signal: status" [ $? -eq 3 ]
	json "SIG$signal: the verdict so far" '.ended == "signal" and (.judgements | length) == 13'
done

# Options that exclude each other or lack a value; options.t has the rest.
# refused STATUS PATTERN ARGUMENT...
refused() {
	wanted=$1 pattern=$2
	shift 2
	run "$v7scope" check "$@"
	[ $status -eq "$wanted" ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q "^v7scope: check: .*$pattern" "$tmp/err"
	ok $? "refused: $*"
}
refused 2 'use one of' --json --tap -- true
refused 2 'use one of' --tap --junit -- true
refused 2 'takes two files' --compare "$tmp/pass.json"
refused 2 'takes two files' --compare "$tmp/pass.json" "$tmp/pass.json" --for 10s
refused 2 'takes two files' --compare "$tmp/pass.json" "$tmp/pass.json" -- true
refused 2 'unexpected argument' --compare "$tmp/pass.json" "$tmp/pass.json" "$tmp/pass.json"
refused 2 'takes a readable file' --compare "$tmp/pass.json" /no/such
refused 2 'takes a readable file' --compare "$tmp" "$tmp/pass.json"
refused 2 'takes a readable file' --compare '' "$tmp/pass.json"

# bad PATTERN: what is in $tmp/bad is no verdict
bad() {
	refused 4 "bad .*$1" --compare "$tmp/pass.json" "$tmp/bad"
	refused 4 "bad .*$1" --json --compare "$tmp/bad" "$tmp/pass.json"
}
: >"$tmp/bad"
bad 'is truncated'
head -c 1000 "$tmp/pass.json" >"$tmp/bad"
bad 'is truncated'
# Truncated at 40 lengths
size=$(wc -c <"$tmp/pass.json")
cut=0 wrong=
while cut=$((cut + size / 40)) && [ $cut -lt "$size" ]; do
	head -c $cut "$tmp/pass.json" >"$tmp/bad"
	run "$v7scope" check --compare "$tmp/bad" "$tmp/pass.json"
	[ "$status $(grep -c 'bad is truncated' "$tmp/err")" = "4 1" ] || wrong="$wrong $cut"
done
check "a truncated verdict is refused:${wrong:- at each length}" [ -z "$wrong" ]
echo '{"schema": 2, frob}' >"$tmp/bad"
bad 'is not JSON: .* at byte 14'
cat "$tmp/pass.json" "$tmp/pass.json" >"$tmp/bad"
bad 'has data after the verdict'
echo '[1]' >"$tmp/bad"
bad 'is not a verdict'
echo 'null' >"$tmp/bad"
bad 'is not '
# changed FILTER: a verdict, but for that
changed() { jq -c "$1" "$tmp/pass.json" >"$tmp/bad"; }
changed '.verb = "stat"'
bad 'its verb is not check'
changed '.schema = 99'
bad 'has schema 99, but this v7scope reads schema 2'
changed 'del(.schema)'
bad 'its schema is missing'
changed '.figures.total = []'
bad 'its figures.total is missing'
changed '.figures.elapsed_ns = 0'
bad 'elapsed_ns is missing'
changed '.result = 5'
bad 'its result is not a string'
changed '.judgements = {}'
bad 'its judgements are missing'
changed '.judgements[0] = 5'
bad 'its judgements have an entry without a name'
changed '.figures.total.install.lost = -1'
bad 'install.lost is not a count'
changed '.figures.total.install.lost = "5"'
bad 'install.lost is not a count'
changed '.figures.total.hold_ns.buckets = [1, 2]'
bad 'hold_ns does not have 32 buckets'
changed '.figures.total.hold_ns.buckets[3] = null'
bad 'hold_ns has a bucket that is not a count'

# compared OPTION...: A and B
compared() { run "$v7scope" check --json "$@" --compare "$tmp/a.json" "$tmp/b.json"; }
cp "$tmp/pass.json" "$tmp/a.json"
cp "$tmp/pass.json" "$tmp/b.json"
compared
check "with itself: status" [ $status -eq 0 ]
json "with itself: no regression and no improvement" '.result == "same" and .verb == "compare" and (.compared | length) == 14 and
	all(.compared[]; .outcome == (if .name == "corrupted" then "unseen" else "same" end)) and .changed == [] and .a.host == "'"$(uname -n)"'"'
jq -c '.figures.elapsed_ns = 600000000000 | .figures.total |= (.install.lost = 19000 | .install.attempts = 100000)' "$tmp/pass.json" >"$tmp/a.json"
jq -c '.figures.total |= (.install.lost = 23000 | .refuse.exists = 40)' "$tmp/a.json" >"$tmp/b.json"
compared
check "worse: status" [ $status -eq 1 ]
# By Newcombe's formula and Wilson's at 1 % / 13, computed apart from this.
json "worse: the bounds of the difference" '.result == "worse" and (.compared | map({key: .name, value: .}) | from_entries |
	.lost_installs.outcome == "worse" and .refused.outcome == "worse" and
	(.lost_installs | (.low * 1e6 | round) == 33879 and (.high * 1e6 | round) == 46118) and
	(.refused | (.low * 1e4 | round) == 35354 and .high == null) and .nomem.outcome == "same")'
run "$v7scope" check --json --compare "$tmp/b.json" "$tmp/a.json"
json "the other way round: better" '.result == "better" and ([.compared[] | select(.outcome == "better").name] ==
	["lost_installs", "refused"])'
check "the other way round: status" [ $status -eq 0 ]
compared --limit change=25%
json "a difference below the threshold: small" '[.compared[] | select(.outcome == "small").name] == ["lost_installs"]'
jq -c '.figures.total.install |= (.lost = 4 | .attempts = 20)' "$tmp/a.json" >"$tmp/c.json" && mv "$tmp/c.json" "$tmp/a.json"
jq -c '.figures.total |= (.install.lost = 8 | .install.attempts = 20 | .refuse.exists = 0)' "$tmp/a.json" >"$tmp/b.json"
run "$v7scope" check --compare "$tmp/a.json" "$tmp/b.json"
grep -q '^installs that lost  *20.00%  *40.00%  no significant difference' "$tmp/out"
ok $? "a doubled small count is not significant"
check "no line is wider than 80" [ "$(awk 'length > 80' "$tmp/out" | wc -l)" -eq 0 ]
# Durations: the longest twentieth of B has moved up by two buckets.
jq -c '.figures.total.hold_ns |= (.buckets[9] = 453150 | .buckets[11] = 23850 | .max = 2000)' "$tmp/pass.json" >"$tmp/b.json"
cp "$tmp/pass.json" "$tmp/a.json"
compared
json "longer holds: the p99, not the p50" '[.compared[] | select(.outcome == "worse").name] == ["hold_p99"]'
json "longer holds: percentiles" '.compared[] | select(.name == "hold_p99") | .a.value == 512 and .b.value == 2000 and .above_ns == 512'
# Kernels that show different things.
FAKE=stock "$v7scope" check --json -- true >"$tmp/b.json" 2>/dev/null
compared
check "a judgement that failed is worse" [ $status -eq 1 ]
json "a figure that one verdict lacks is not compared" '.compared | map({key: .name, value: .}) | from_entries |
	.hold_p99.outcome == "unseen" and .hold_p99.b == null and .hold_p99.a != null and .hold_p99.low == null and
	.lost_installs.outcome != "unseen"'
json "judgements that changed" '(.changed | map(select(.outcome == "worse").name)) == ["corruption"]'
run "$v7scope" check --tap --compare "$tmp/a.json" "$tmp/b.json"
cp "$tmp/out" "$tmp/tap"
run prove -v -e cat "$tmp/tap"
[ $status -ne 0 ] && grep -q '^ok [0-9]* - hold_p99: .* # SKIP not visible in B$' "$tmp/out" && grep -q '^not ok [0-9]* - corruption: ' "$tmp/out"
ok $? "a comparison as TAP"
run "$v7scope" check --junit --compare "$tmp/a.json" "$tmp/b.json"
cp "$tmp/out" "$tmp/junit.xml"
junit "$tmp/junit.xml" >"$tmp/out"
is "$(wc -l <"$tmp/out") $(grep -c '^failures [1-9]' "$tmp/out") $(grep -c 'not visible in B' "$tmp/out")" "4 1 1" "a comparison as JUnit"
jq -c '.figures.total |= with_entries(.value = null) | .figures.corrupted = null | .judgements = []' "$tmp/pass.json" >"$tmp/b.json"
compared
check "nothing to compare: cannot tell" [ "$status $(jq -r .result "$tmp/out")" = "3 cannot tell" ]
run sh -c '"$1" check --compare "$2" "$2" >/dev/full' sh "$v7scope" "$tmp/pass.json"
check "comparison, a full disk: status 4" [ $status -eq 4 ]

# The man pages have every field, judgement and option.
man=$here/../../man
cat "$tmp/pass.json" "$tmp/flushes.json" "$tmp/json" >"$tmp/all.json"
"$v7scope" check --json --compare "$tmp/pass.json" "$tmp/pass.json" >>"$tmp/all.json"
missing=$(jq -r 'del(.figures, .series.events) | .. | objects | keys[]' "$tmp/all.json" | sort -u | while read -r key; do
	grep -qw -- "$key" "$man/v7scope-json.5" "$man/v7scope.1" || echo "$key"
done)
missing="$missing$(jq -r '.judgements[]? | select(.name == "flushes") | .figures | keys[]' "$tmp/all.json" | while read -r key; do
	grep -q "^flushes.*$key" "$man/v7scope-json.5" || echo "$key"
done)"
missing="$missing$(jq -r '.judgements[]?.name, .compared[]?.name, .compared[]?.outcome' "$tmp/all.json" | sort -u | while read -r key; do
	grep -qw -- "$key" "$man/v7scope-json.5" || echo "$key"
done)"
printf '%s\n' "$missing" >"$tmp/err"
check "each field, judgement and outcome is in the man page" [ -z "$missing" ]
missing=$(jq -r '.config.limits | keys[]' "$tmp/pass.json" | while read -r key; do
	"$v7scope" help check | sed -n '/^Limits:/,$p' | grep -qw -- "$key" || echo "$key"
done)
check "each limit is in the help" [ "$(jq '.config.limits | length' "$tmp/pass.json") $missing" = "19 " ]
missing=$("$v7scope" help check | grep -o -- '--[a-z][a-z-]*' | sort -u | while read -r option; do
	sed 's/\\-/-/g' "$man/v7scope.1" | grep -q -- "$option" || echo "$option"
done)
printf '%s\n' "$missing" >"$tmp/err"
check "each option but --help is in the man page" [ "$missing" = --help ]
done_testing
