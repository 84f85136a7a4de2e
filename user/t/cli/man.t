#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The man pages are free of errors, short, and complete in mandoc and in groff.
# shellcheck disable=SC2016,SC2317 # sed's $, and functions that are called by name
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"

pages=$here/../../man
for program in mandoc groff; do
	command -v $program >/dev/null || {
		skip "the man pages: no $program here (tools/deps would install Debian's)"
		done_testing
	}
done

# Both print bold letters twice, with a backspace between.
plain() { sed "s/.$(printf '\b')//g"; }
with_mandoc() { mandoc -Tascii -O width="$2" "$1" | plain; }
with_groff() { groff -t -man -Tascii -P-c -P-b -P-o -P-u -rHY=0 -rLL="$2"n "$1" 2>/dev/null | plain; }

lint() { mandoc -Tlint "$1" >"$tmp/out" 2>&1 && [ ! -s "$tmp/out" ]; }
warns() { groff -ww -t -man -Tascii -z "$1" >"$tmp/out" 2>&1; [ -s "$tmp/out" ]; }
short() { [ "$(wc -l <"$1")" -le 800 ]; }

# sections RENDERER PAGE: all headings of the source, in their order
sections() {
	sed -n 's/^\.S[HS] //p' "$2" | sed 's/\\-/-/g; s/"//g' >"$tmp/source"
	"$1" "$2" 78 | sed '1d;$d' | sed -n 's/^\( \{3\}\)\{0,1\}\([^ ].*\)/\2/p' >"$tmp/shown"
	diff "$tmp/source" "$tmp/shown" >"$tmp/out"
}

# narrow RENDERER PAGE: a serial console has 80 columns
narrow() { ! "$1" "$2" 78 | grep -E '.{81}' >"$tmp/out"; }

# One word a line, from lines so long that no renderer has to break them.
words() { "$1" "$2" 900 | sed '1d;$d' | tr -s '[:space:]' '\n' | sed '/^$/d'; }
same_words() {
	words with_mandoc "$1" >"$tmp/mandoc"
	words with_groff "$1" >"$tmp/groff"
	[ -s "$tmp/mandoc" ] && diff "$tmp/mandoc" "$tmp/groff" >"$tmp/out"
}

# links PAGE: each page of ours that it names is here
links() {
	sed 's/\\-/-/g; s/\\f[BIR]//g; s/ (\([0-9]\))/(\1)/g' "$1" |
		grep -o 'v7scope[a-z-]*([0-9])' | sort -u | tr '()' '. ' >"$tmp/names"
	while read -r link; do
		[ -e "$pages/$link" ] || echo "$link"
	done <"$tmp/names" >"$tmp/out"
	[ -s "$tmp/names" ] && [ ! -s "$tmp/out" ]
}

n=0
for page in "$pages"/*.[0-9]; do
	n=$((n + 1))
	name=${page##*/}
	lint "$page"
	ok $? "$name: mandoc -Tlint"
	! warns "$page"
	ok $? "$name: groff -ww"
	check "$name: 800 lines at most" short "$page"
	for renderer in with_mandoc with_groff; do
		sections $renderer "$page"
		ok $? "$name: every section, $renderer"
		narrow $renderer "$page"
		ok $? "$name: 80 columns, $renderer"
	done
	same_words "$page"
	ok $? "$name: mandoc and groff show the same words"
	links "$page"
	ok $? "$name: the pages that it refers to exist"
done
check "six pages" [ $n -eq 6 ]

# plant NAME SED: a copy of a page with a fault
plant() {
	sed "$2" "$pages/v7scope-json.5" >"$tmp/planted"
	! cmp -s "$tmp/planted" "$pages/v7scope-json.5" || bail "nothing planted: $1"
}
plant "a table without an end" '/^\.SH JSON OF RECORD/,$b;/^lock_wait_ns/,/^\.TE/{/^\.TE/d}'
! sections with_groff "$tmp/planted"
ok $? "noticed: a table that swallows a section"
! lint "$tmp/planted"
ok $? "noticed by mandoc, too"
! same_words "$tmp/planted"
ok $? "noticed: words that groff loses"
plant "an unknown request" 's/^\.PP$/.Pp/'
warns "$tmp/planted"
ok $? "noticed by groff: an unknown request"
plant "a wide line" 's/^\.SH SEE ALSO/.nf\n'"$(printf '%090d' 0)"'\n.fi\n&/'
! narrow with_groff "$tmp/planted"
ok $? "noticed: a wide line"
plant "a link to nowhere" 's/^\.BR v7scope\\-metrics (7),/.BR v7scope\\-metric (7),/'
! links "$tmp/planted"
ok $? "noticed: a link to nowhere"
cat "$pages"/*.[0-9] >"$tmp/planted"
! short "$tmp/planted"
ok $? "noticed: a long page"
done_testing
