#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The cost of monitoring, in instructions for each map that installs a table, and by how
# much monitoring lengthens the race window. The report and doctor must name the latter.
# Each kernel takes one boot.
#
#   watched='debian-6.12 debian-7.x 6.1-stock 6.1-series' prove stock.t
# shellcheck disable=SC2016 # jq expands it
# shellcheck source-path=SCRIPTDIR source=../../stress/t/lib.sh
. "$(dirname -- "$0")/../../stress/t/lib.sh"
need_v7scope
kernels=${watched-debian-6.12}

# kernel, way, the most that it may cost, the most that it may add to the race window.
# Where install_table is a function, fentry counts behind the cmpxchg. Where it was inlined,
# and with kprobes, all that is done is done in the window.
cat >"$tmp/limits" <<'END'
debian-6.12 stat     450   150
debian-6.12 tasks    650   150
debian-6.12 stacks     -   150
debian-6.12 record     -   150
debian-6.12 hist     850     -
debian-6.12 kprobe  1150     -
debian-7.x  stat     450     -
debian-7.x  tasks    650     -
debian-7.x  stacks     -     -
debian-7.x  record     -     -
debian-7.x  kprobe     -     -
6.1-stock   stat    1150     -
6.1-stock   tasks      -     -
6.1-stock   stacks     -     -
6.1-stock   record     -     -
6.1-series  stat     450   150
6.1-series  tasks    650   150
6.1-series  ftrace     -   150
END

# figures: of each way its cost and the window that it adds, over bare, and the window
# that its report names, as lines "WAY COST WINDOW SAID"
figures='
	[.[] | select(.way)] as $all |
	def cost($way): first($all[] | select(.way == $way) | .load.cost[0] | .min_ns / .per_batch);
	def window($way): first($all[] | select(.way == $way) | .load.cost[1].min_ns);
	[$all[].way] | unique[] | select(. != "bare") | . as $way |
	"\($way) \(cost($way) - cost("bare") | round) \(window($way) - window("bare")) \(
		first($all[] | select(.way == $way) | .report.stretch))"'

# within WHAT GOT LIMIT
within() {
	[ "$3" = - ] && return
	[ "$2" -le "$3" ]
	ok $? "$name: $1: $2 instructions, at most $3"
}

for name in $kernels; do
	case $name in
	*-stock) kernel=${name%-stock} options=--stock ;;
	*-series) kernel=${name%-series} options= ;;
	*) kernel=$name options= ;;
	esac
	dir=$tmp/$name
	began=$(date +%s)
	build >/dev/null 2>"$tmp/output"
	if [ $? -eq 122 ]; then
		skip "$name" "$(tail -n 1 "$tmp/output")"
		continue
	fi
	stage "$dir"
	cp "$top/tools/bench/stock.guest" "$dir/" || exit 1
	# shellcheck disable=SC2046,SC2086 # words
	"$lab" run --kernel "$kernel" --arch "$arch" $options --icount --dir "$dir" -- sh stock.guest bare \
		$(awk -v name="$name" '$1 == name { print $2 }' "$tmp/limits") >"$tmp/$name.json" 2>"$tmp/error"
	is $? 0 "$name: it can be measured"
	is "$(jq -s '[.[] | select(.way) | .load | .errors + .verify.wrong] | add' "$tmp/$name.json")" 0 "$name: the load sees no error"
	is "$(jq -s 'all(.[] | select(.report != null and .report.total.install); .report.total.install.won > 2000)' "$tmp/$name.json")" \
		true "$name: each way counts"
	jq -rs "$figures" "$tmp/$name.json" >"$tmp/figures"
	is "$? $(wc -l <"$tmp/figures")" "0 $(grep -c "^$name " "$tmp/limits")" "$name: each way has its figures"
	while read -r way cost window said; do
		echo "# $name $way: +$cost per map and install, race window +$window"
		read -r most longest <<-END
			$(awk -v name="$name" -v way="$way" '$1 == name && $2 == way { print $3, $4 }' "$tmp/limits")
		END
		within "$way" "$cost" "$most"
		within "$way, race window" "$window" "$longest"
		# The clock has ticks of 16 instructions. One figure is for all kernels.
		jq -ne --argjson measured "$window" --argjson said "$said" '$said != null and ($measured - $said | fabs) <= 16 + $said / 10' >/dev/null
		ok $? "$name: $way: the report names the stretch of the race window, $window: $said"
	done <"$tmp/figures"
	is "$(jq -s '.[0].ways[.[0].recommended].stretch' "$tmp/$name.json")" "$(awk '$1 == "stat" { print $4 }' "$tmp/figures")" \
		"$name: doctor names the stretch of stat for the source that it recommends"
	echo "# $name: $(($(date +%s) - began)) s"
done
done_testing
