#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The choice of a source: for each user, tracefs, /proc/kallsyms, perf_event_paranoid,
# state of kprobes and of CPU 0, v7scope counts, or names the true cause. Then the advice
# is applied, and v7scope counts. doctor and the other verbs agree. By default the cells
# cover each pair of values; all=1 tries every cell. Where fentry programs work, ftrace is
# disabled while they count, and v7scope reports that.
#
#   kernels='6.1-series 6.1-stock debian-6.12' all=1 prove matrix.t
#   all=1 only=' mounted .* online$' prove matrix.t      the cells that match
# shellcheck disable=SC2016 # jq expands it
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../../..
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/tap.sh
. "$top/tools/t/tap.sh"
# shellcheck source-path=SCRIPTDIR source=../../../tools/t/stress.sh
. "$top/tools/t/stress.sh"
kernels=${kernels-debian-6.12} all=${all-} only=${only-}

# The answer of each cell. The first line that fits a cell counts. Neither tracefs nor
# CPU 0 matters. The rules of the kernel behind it:
#   BPF programs     need CAP_BPF and CAP_PERFMON.
#   fentry programs  also need the addresses of functions.
#   kprobes          need CAP_PERFMON; with perf_event_paranoid=3 Debian's kernels want
#                    CAP_SYS_ADMIN. Only then it shows whether kprobes are armed.
#   /proc/kallsyms   its names prove that the series is absent. It shows addresses if
#                    kptr_restrict is 0 and (CAP_SYSLOG or perf_event_paranoid < 2).
#                    unit is a service with CAP_BPF and CAP_PERFMON, but without CAP_SYSLOG.
# kernel: series, fentry (fentry programs work), stock (they do not), or inlined (fentry,
# and kprobes need the addresses); kprobe is for the answer of that source on fentry, and
# inlined-kprobe on inlined
# answer: a source that works, hidden if it lacks addresses; or the source nearest to
# working and its obstacles
cat >"$tmp/table" <<'END'
series         nobody     .*               .*     .*        barred bpf caps
series         .*         .*               .*     .*        works bpf
.*kprobe       nobody     inaccessible     .*     .*        barred kprobe symbols,caps
.*             nobody     inaccessible     .*     .*        barred bpf caps
fentry|inlined nobody     hidden           .*     .*        barred fentry addresses,caps
fentry|inlined nobody     .*               [23]   .*        barred fentry addresses,caps
fentry|inlined nobody     .*               .*     .*        barred fentry caps
fentry|inlined .*         inaccessible     .*     .*        barred fentry symbols
fentry         root       hidden           .*     armed     works kprobe hidden
fentry         unit       hidden           -1|2   armed     works kprobe hidden
fentry         unit       visible          2      armed     works kprobe hidden
fentry|inlined .*         hidden           .*     .*        barred fentry addresses
fentry|inlined unit       visible          [23]   .*        barred fentry addresses
fentry|inlined .*         .*               .*     .*        works fentry
stock|kprobe   nobody     .*               .*     .*        barred kprobe caps
.*-kprobe      nobody     hidden           .*     .*        barred kprobe addresses,caps
.*-kprobe      nobody     .*               [23]   .*        barred kprobe addresses,caps
.*-kprobe      nobody     .*               .*     .*        barred kprobe caps
.*             unit       inaccessible     3      .*        barred kprobe symbols,paranoid
.*             .*         inaccessible     .*     disarmed  barred kprobe symbols,disarmed
.*             .*         inaccessible     .*     armed     barred kprobe symbols
.*-kprobe      unit       hidden           3      .*        barred kprobe addresses,paranoid
.*-kprobe      unit       visible          3      .*        barred kprobe addresses,paranoid
.*-kprobe      unit       visible          2      disarmed  barred kprobe addresses,disarmed
.*-kprobe      unit       visible          2      armed     barred kprobe addresses
.*-kprobe      .*         hidden           .*     disarmed  barred kprobe addresses,disarmed
.*-kprobe      .*         hidden           .*     armed     barred kprobe addresses
.*             unit       .*               3      .*        barred kprobe paranoid
.*             .*         .*               .*     disarmed  barred kprobe disarmed
.*             .*         hidden           .*     armed     works kprobe hidden
.*             unit       visible          2      armed     works kprobe hidden
.*             .*         visible          .*     armed     works kprobe
END

# cells: "NUMBER USER TRACEFS KALLSYMS PARANOID KPROBES CPU0", of each pair of values at
# least one, or all
cells() {
	awk -v all="$all" '
	function pair(a, b) { return a " " f[a] " " b " " f[b] }
	BEGIN {
		n[1] = split("root unit nobody", v1); n[2] = split("mounted unmounted unreadable", v2)
		n[3] = split("visible hidden inaccessible", v3); n[4] = split("-1 2 3", v4)
		n[5] = split("armed disarmed", v5); n[6] = split("online offline", v6)
		for (i = 1; i <= n[1]; i++) for (j = 1; j <= n[2]; j++) for (k = 1; k <= n[3]; k++)
		for (l = 1; l <= n[4]; l++) for (m = 1; m <= n[5]; m++) for (o = 1; o <= n[6]; o++)
			cell[++count] = v1[i] " " v2[j] " " v3[k] " " v4[l] " " v5[m] " " v6[o]
		for (;;) {
			best = most = 0
			for (c = 1; c <= count; c++) {
				if (c in taken) continue
				split(cell[c], f)
				gain = 0
				for (a = 1; a < 6; a++) for (b = a + 1; b <= 6; b++)
					if (!(pair(a, b) in covered)) gain++
				if (gain > most) { most = gain; best = c }
			}
			if (!best && all == "") break
			for (c = 1; !best && c <= count; c++) if (!(c in taken)) best = c
			if (!best) break
			taken[best]
			split(cell[best], f)
			for (a = 1; a < 6; a++) for (b = a + 1; b <= 6; b++) covered[pair(a, b)]
			print ++number, cell[best]
		}
	}'
}

# wanted KIND: for each cell "NUMBER ANSWER..."
wanted() {
	awk -v kind="$1" '
		NR == FNR { for (i = 1; i <= 5; i++) pattern[NR, i] = "^(" $i ")$"; $1 = $2 = $3 = $4 = $5 = ""; sub(/^ */, ""); answer[NR] = $0; rows = NR; next }
		{
			split(kind " " $2 " " $4 " " $5 " " $6, f)
			for (r = 1; r <= rows; r++) {
				for (i = 1; i <= 5; i++) if (f[i] !~ pattern[r, i]) break
				if (i > 5) { print $1, answer[r]; next }
			}
			print $1, "no line of the table fits"
		}' "$tmp/table" -
}

# The answer of a try, in the words of the table. The text of each obstacle stands here.
answer='
def kinds: [
	["caps", "root, or CAP_BPF and CAP_PERFMON \\(before v5.8 CAP_SYS_ADMIN\\), is required; try sudo$"],
	["symbols", "another mount hides /proc/kallsyms; set ProtectKernelTunables=no in the systemd unit, "],
	["addresses", "the kernel hides the addresses of its functions: kptr_restrict is [02].*; run "],
	["paranoid", "perf_event_paranoid is 3, .*; run \"sysctl kernel.perf_event_paranoid=2\" as root, or grant CAP_SYS_ADMIN$"],
	["disarmed", "kprobes are disarmed: .* is 0; run \"echo 1 >/sys/kernel/debug/kprobes/enabled\" as root, with debugfs mounted$"]];
def kind: . as $line | [kinds[] | select(.[1] as $ere | $line | test($ere)) | .[0]] | if length == 1 then .[0] else "unknown cause: " + $line end;
def stat: if .report then "works \(.report.source)" + (if .report.exact_why | any(test("addresses are hidden")) then " hidden" else "" end)
	else (.said | map(capture("^v7scope: cannot use source (?<source>[a-z]+): (?<why>.*)"))) |
	"barred \(map(.source) | unique | join("+")) \(map(.why | kind) | join(","))" end;
def doctor: .doctor | if .recommended then "works \(.recommended)"
	else .nearest as $s | .ways[$s] | "\(.state) \($s) \(.obstacles | map("\(.cause); \(.advice)" | kind) | join(","))" end;
def kprobe: .doctor.ways.kprobe | if .works then "works kprobe"
	else "\(.state) kprobe \(.obstacles | map("\(.cause); \(.advice)" | kind) | join(","))" end;
def counted: .status == 0 and .load.errors == 0 and .load.expect.won_map > 0 and
	(.report.total.install | .won // (.attempts - (.lost // 0))) == .load.expect.won_map;
def agree: (stat | sub(" hidden"; "")) == doctor;
'

# judge NAME: of the tries in $tmp/tries and the answers in $tmp/wanted
judge() {
	jq -rs "$answer"'map(select(.round == 0)) | sort_by(.cell)[] | "\(.cell) \(stat)"' "$tmp/tries" >"$tmp/got"
	diff "$tmp/wanted" "$tmp/got" >"$tmp/out"
	ok $? "$1: each of the $number cells says what the table says"
	if [ -e "$tmp/kprobe" ]; then
		jq -rs "$answer"'map(select(.round == 0)) | sort_by(.cell)[] | "\(.cell) \(kprobe)"' "$tmp/tries" >"$tmp/got"
		diff "$tmp/kprobe" "$tmp/got" >"$tmp/out"
		ok $? "$1: each of the cells says of source kprobe what the table says"
	fi
	jq -s "$answer"'map(select(agree | not)) | .[] | {cell, round, stat: stat, doctor: doctor}' "$tmp/tries" >"$tmp/out"
	[ ! -s "$tmp/out" ]
	ok $? "$1: doctor and stat agree"
	jq -s "$answer"'map(select(.report != null and (counted | not))) | .[] | {cell, round, status, install: .report.total.install, expect: .load.expect}' "$tmp/tries" >"$tmp/out"
	[ ! -s "$tmp/out" ]
	ok $? "$1: the counts are those of the load"
	jq -s "$answer"'group_by(.cell)[] | max_by(.round) | select(.report == null) | {cell, round, said}' "$tmp/tries" >"$tmp/out"
	[ ! -s "$tmp/out" ]
	ok $? "$1: with the advice, each cell counts"
	jq -rs "$answer"'"# \(group_by(.cell) | length) cells, \(map(select(.round == 0 and .report)) | length) count at once, \(map(.round) | max) advices at most, \(map(.state) | unique | length) states tried"' "$tmp/tries"
	jq -rs '[.[].said[] | select(startswith("v7scope: cannot use"))] | unique | .[] | "# \(.)"' "$tmp/tries"
}

# judge_off NAME: ftrace was disabled, in the last part of the guest's session
judge_off() {
	if [ -e "$dir/off.refused" ]; then
		skip "$1: ftrace that is disabled while fentry counts" "this kernel refuses to disable it: $(cat "$dir/off.refused")"
		return
	fi
	jq -e '.total.install.won == 0 and .exact == false and
		(.exact_why | length == 1 and (.[0] | test("^ftrace was disabled while counting")))' "$dir/off.stat" >"$tmp/out" 2>&1
	ok $? "$1: ftrace that is disabled while fentry counts is reported"
	[ "$(cat "$dir/off.again")" -eq 1 ] && grep -q '^v7scope: cannot use source fentry: ftrace is disabled' "$dir/off.said"
	ok $? "$1: source fentry is refused while ftrace is disabled"
	[ "$(cat "$dir/off.default")" = kprobe ]
	ok $? "$1: then source kprobe counts"
}

# The capabilities that the unit gives for attaching, as numbers.
caps=$(sed -n 's/^AmbientCapabilities=//p' "$top/tools/packaging/v7scope.service" | tr ' ' '\n' |
	sed -n 's/^CAP_PERFMON$/38/p; s/^CAP_BPF$/39/p' | paste -sd, -)
[ "$caps" ] || bail "the unit gives no capabilities"
cells | grep -E -e "$only" >"$tmp/cells"
# To take a CPU away and to bring it back takes longest. tracefs changes no answer.
sort -k 7,7r -k 3,3 -k 6,6 -k 5,5 -k 4,4 "$tmp/cells" >"$tmp/sorted"
number=$(wc -l <"$tmp/cells")
[ "$number" -gt 0 ] || bail "no cells"

for kernel in $kernels; do
	case $kernel in
	*-series) base=${kernel%-series} stock='' kind=series ;;
	*-stock) base=${kernel%-stock} stock=--stock kind=stock ;;
	debian-7*) base=$kernel stock='' kind=inlined ;;
	debian-6.12*) base=$kernel stock='' kind=fentry ;;
	*) base=$kernel stock='' kind=stock ;;
	esac
	dir=$tmp/$kernel
	mkdir "$dir"
	# shellcheck disable=SC2086
	stress_for "$kernel" "$base" arm64 $stock || continue
	make -s -C "$top" CROSS_COMPILE=aarch64-linux-gnu- build/arm64/t/asuser >"$tmp/err" 2>&1 || bail "$(tail -n 1 "$tmp/err")"
	cp "$stress" "$here/matrix" "$top/build/arm64/t/asuser" "$dir/" && cp "$tmp/sorted" "$dir/cells" || exit 1
	chmod 755 "$dir" "$tmp"
	wanted $kind <"$tmp/cells" >"$tmp/wanted"
	rm -f "$tmp/kprobe"
	off=''
	case $kind in
	fentry) off=off && wanted kprobe <"$tmp/cells" | sed 's/ hidden$//' >"$tmp/kprobe" ;;
	inlined) off=off && wanted inlined-kprobe <"$tmp/cells" | sed 's/ hidden$//' >"$tmp/kprobe" ;;
	esac
	# shellcheck disable=SC2086
	"$top/tools/lab/lab" run --kernel "$base" --arch arm64 $stock --timeout 7200 --dir "$dir" -- \
		sh -c "sh matrix $caps $off <cells" >"$tmp/tries" 2>"$tmp/out"
	ok $? "$kernel: the guest's part"
	judge "$kernel"
	[ -z "$off" ] || judge_off "$kernel"
	[ -z "${keep-}" ] || cp "$tmp/tries" "$keep"
done
done_testing
