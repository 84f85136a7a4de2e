#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The test definition for LAVA and the configuration for KernelCI: LAVA's own schemas accept
# them, the steps run here and in a guest, with LAVA's own lava-test-case, and give a result
# for each judgement of `v7scope check`.
#
#   kernels='debian-6.12' prove lava.t
# shellcheck disable=SC2016 # jq and sed expand it
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
need_built
kernels=${kernels-}
lava=$top/tools/packaging/lava
"$top/tools/deps" python3-yaml >&2 || bail "no python3-yaml, see above"
with_yaml() { /usr/bin/python3 "$top/tools/packaging/t/lava.py" "$@"; }

# By LAVA itself, where Debian's packages can be had.
common=$("$top/tools/lab/lab" package lava-common 2>"$tmp/err") &&
	schemas=$("$top/tools/lab/lab" package python3-voluptuous 2>"$tmp/err") &&
	dispatcher=$("$top/tools/lab/lab" package lava-dispatcher 2>"$tmp/err") || skip_all "$(tail -n 1 "$tmp/err")"
packages=usr/lib/python3/dist-packages
# shellcheck disable=SC2317 # called by check
accepted() { PYTHONPATH=$common/$packages:$schemas/$packages with_yaml validate "$@"; }
# shellcheck disable=SC2317
refused() { accepted "$@" 2>"$tmp/said"; [ $? -eq 1 ] && grep -q 'voluptuous' "$tmp/said"; }
check "LAVA's schema accepts the definition" accepted definition "$lava/v7scope.yaml"
sed '/^    - v7scope doctor/s/- /- doctor: /' "$lava/v7scope.yaml" >"$tmp/planted.yaml"
check "planted: and refuses a step that is no text" refused definition "$tmp/planted.yaml"
sed 's/{{ [a-z0-9_]*|default(\([^)]*\)) }}/\1/; s/{{ \([a-z0-9_]*\) }}/\1/' "$lava/kernelci.jinja2" >"$tmp/job.yaml"
check "LAVA's schema accepts the template for KernelCI" accepted job "$tmp/job.yaml"
sed '/path:/d' "$tmp/job.yaml" >"$tmp/planted.yaml"
check "planted: and refuses one without a path" refused job "$tmp/planted.yaml"
with_yaml json "$tmp/job.yaml" >"$tmp/job.json"
is "$(jq -r '.[0].test.definitions[0].path' "$tmp/job.json")" "${lava#"$top/"}/v7scope.yaml" "the template names the definition"
with_yaml json "$lava/v7scope.yaml" >"$tmp/definition.json"
check "and parameters that the definition has" jq -e --slurpfile definition "$tmp/definition.json" \
	'.[0].test.definitions[0].parameters | length > 0 and all(keys[]; in($definition[0].params))' "$tmp/job.json"
with_yaml json "$lava/kernelci.yaml" >"$tmp/kernelci.json"
check "KernelCI's scheduler runs its jobs, and nothing else" jq -e '(.jobs | keys) == ([.scheduler[].job] | unique)' "$tmp/kernelci.json"
check "the jobs give the template what it needs" jq -e --rawfile template "$lava/kernelci.jinja2" \
	'[$template | scan("{{ ([a-z0-9_]+) }}")[]] as $names | all(.jobs[].params; [has($names[])] | all) and ($names | length > 0)' "$tmp/kernelci.json"

# As LAVA installs them
mkdir "$tmp/bin"
for file in lava-test-case lava-common-functions; do
	{ echo '#!/bin/sh' && cat "$dispatcher/$packages/lava_dispatcher/lava_test_shell/$file"; } >"$tmp/bin/$file" || exit
done
chmod 755 "$tmp/bin/lava-test-case"

# results FILE: "NAME RESULT" of each signal, as LAVA reads them
results() { sed -n 's/^<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=\([^ ]*\) RESULT=\([^ ]*\)>$/\1 \2/p' "$1"; }
# judged FILE: the same, from the JSON of check
judged() {
	echo "run pass"
	jq -r '.judgements[] | "\(.name) \({pass: "pass", fail: "fail", "cannot tell": "skip"}[.result])"' "$1"
}

cp "$bin/fake" "$tmp/bin/v7scope" || exit
with_yaml script "$lava/v7scope.yaml" "WORKLOAD=sleep 0.3" "OPTIONS=--limit min_installs=1" >"$tmp/run.sh"
for fake in series stock board; do
	mkdir "$tmp/$fake"
	(cd "$tmp/$fake" && FAKE=$fake LAVA_RESULT_DIR=$tmp/$fake PATH=$tmp/bin:$PATH sh "$tmp/run.sh") >"$tmp/out" 2>"$tmp/err"
	ok $? "$fake: the steps run"
	FAKE=$fake "$bin/fake" check --json --limit min_installs=1 -- sleep 0.3 >"$tmp/json" 2>/dev/null
	is "$(results "$tmp/out")" "$(judged "$tmp/json")" "$fake: the results are the judgements"
	results "$tmp/out" >>"$tmp/all"
done
is "$(sed 's/.* //' "$tmp/all" | sort -u | xargs)" "fail pass skip" "there were results of each kind"
rm "$tmp/bin/v7scope"
(cd "$tmp/series" && LAVA_RESULT_DIR=$tmp PATH=$tmp/bin:$PATH sh "$tmp/run.sh") >"$tmp/out" 2>"$tmp/err"
is "$? $(results "$tmp/out")" "0 run fail" "without v7scope: the test case run fails"

# shellcheck source=../../t/stress.sh
. "$top/tools/t/stress.sh"
for kernel in $kernels; do
	tap_prefix="$kernel: "
	dir=$tmp/$kernel
	mkdir "$dir" || exit
	stress_for "$kernel" "$kernel" || continue
	cp -R "$stress" "$tmp/bin" "$dir/" || exit
	with_yaml script "$lava/v7scope.yaml" "WORKLOAD=sh ./load" >"$dir/run.sh"
	echo "insmod ./v7stress.ko mode=split ops=1000 threads=2 && cp /sys/kernel/debug/v7stress/result result && rmmod v7stress" >"$dir/load"
	run "$top/tools/lab/lab" run --kernel "$kernel" --dir "$dir" -- env LAVA_RESULT_DIR=/tmp PATH=/host/bin:/bin sh run.sh
	is "$status" 0 "busybox runs the steps"
	results "$tmp/out" >"$tmp/got"
	# A kernel without the series corrupts each section that it splits.
	if [ "$(jq .splits "$dir/result")" = 1 ]; then corruption=fail; else corruption=pass; fi
	is "$(grep -E '^(run|corruption|memory) ' "$tmp/got" | sort | xargs)" "corruption $corruption memory skip run pass" "judged as the kernel is"
	sed 's/^/# /' "$tmp/got"
done
done_testing
