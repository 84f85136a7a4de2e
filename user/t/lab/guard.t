#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The settings of v7scope.service with strict.conf, applied by hand. The tool attaches and
# serves with no more capabilities than doctor says, and has none left once attached. Also:
# the calls that the sandbox forbids on this kernel, a clock that is set, users and TLS.
# shellcheck disable=SC2016 # a hash, and the shell that is started
# shellcheck source-path=SCRIPTDIR source=../../../tools/stress/t/lib.sh
. "$(dirname -- "$0")/../../../tools/stress/t/lib.sh"
need_v7scope
here=$(readlink -f -- "$(dirname -- "$0")")
case $arch in
arm64) cross=aarch64-linux-gnu- ;;
armv7) cross=arm-linux-gnueabihf- ;;
esac
mkdir "$tmp/guest"
stage "$tmp/guest"
cp "$here/guard" "$top/build/$arch/v7scope" "$tmp/guest/" || bail "no guest's part"
{ make -s -C "$top" CROSS_COMPILE="$cross" "build/$arch/t/forbidden" "build/$arch/t/activate" >"$tmp/log" 2>&1 &&
	cp "$top/build/$arch/t/forbidden" "$top/build/$arch/t/activate" "$tmp/guest/"; } || bail "$(tail -n 3 "$tmp/log")"
# alice:secret
printf '%s\n' tls_server_config: '  cert_file: crt' '  key_file: key' basic_auth_users: \
	'  alice: $2y$04$DWvECn4KMl7ik6q85lmmbOk4fBCZBhPb/QCgS7Rf.M7yw5RB/D0qC' >"$tmp/guest/web.yml"
# The user of the unit reads what stands here.
chmod 755 "$tmp" "$tmp/guest"
cd "$tmp/guest" || exit 1

check "in the guest" sh -c '"$@" >"$0"' "$tmp/values" "$lab" run --kernel "$kernel" --arch "$arch" \
	--packages 'util-linux openssl' --dir "$tmp/guest" -- sh guard
# Without its part, nothing is the same as nothing.
[ -s right.json ] || bail "the guest did not come to its end"

# value NAME: of what the guest measured
value() { sed -n "s/^$1 //p" "$tmp/values"; }

# The unit has these, and doctor asks for these.
is "$(sed -n 's/^\(Ambient\|CapabilityBoundingSet\)[^=]*=\(.\)/\2/p' "$top/tools/packaging/strict.conf" | sort -u)" "CAP_BPF CAP_PERFMON" \
	"the capabilities of the unit with strict.conf"
check "are those that doctor looks for" jq -e '.facts | .cap_bpf and .cap_perfmon' doctor.json
is "$(value unit.bounding)" 0x000000c000000000 "no more can be had"
is "$(value unit.user)" 65534 "it is nobody"
is "$(jq -r '.facts.caps_kept.value' doctor.json | sed 's/;.*//') $(value unit.caps) $(value unit.permitted)" \
	"none 0x0000000000000000 0x0000000000000000" "what is kept is what doctor says, nothing"
is "$(value unit.nnp) $(value unit.seccomp)" "1 2" "no new privileges, and a system call filter"
is "$(value unit.answers)" 5 "it serves all there is"
check "and its stream" [ "$(value unit.events)" -ge 1 ]
is "$(jq '.total.install | .map.won, .split.won' unit.json | xargs)" "$(jq '[.pgtables[].expect] | (map(.won_map) | add), (map(.won_split) | add)' result.json | xargs)" \
	"it counts what the load's arithmetic says"
is "$(value forth.answers)" 5 "the clock goes forth: it serves"
is "$(value back.answers)" 5 "the clock goes back: it serves"
is "$(jq -c .total forth.json)" "$(jq -c .total back.json)" "what was counted does not change with it"
check "nor does time run backwards" [ "$(jq .elapsed_ns forth.json)" -lt "$(jq .elapsed_ns back.json)" ]
is "$(jq -n --slurpfile f forth.json --slurpfile b back.json \
	'($f[0].server.now - $b[0].server.now) / 86400 | round')" 2 "the server's time is the new one"
is "$(value unit.status)" 0 "it ends as it should"

is "$(value forbidden.status) $(grep -c '^not ok' forbidden.tap)" "0 0" "the sandbox forbids what it should"
echo "# $(tail -n 1 forbidden.tap) calls tried"
is "$(cat wrong)" "HTTP/1.1 401 Unauthorized" "TLS: a wrong password"
is "$(head -n 1 right)" "HTTP/1.1 200 OK" "TLS: the right one"
check "TLS: all metrics" grep -q '^v7scope_exact ' right
check "TLS: resident, $(value tls.rss) KiB, at most 12 MiB" [ "$(value tls.rss)" -le 12288 ]
check "TLS: the snapshot" jq -e '.verb == "stat"' <<JSON
$(sed '1,/^$/d' right.json)
JSON
is "$(value tls.status)" 0 "TLS: it ends as it should"
done_testing
