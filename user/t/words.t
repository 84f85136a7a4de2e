#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# No comment opens with a relative clause: such a sentence has to be read twice.
set -u
here=$(dirname -- "$(readlink -f -- "$0")")
top=$here/../..
# shellcheck source-path=SCRIPTDIR source=../../tools/t/tap.sh
. "$top/tools/t/tap.sh"

# Files whose comments stay, and the reason.
cat >"$tmp/exceptions" <<'EOT'
kernel-patch/*.patch the lab tested these bytes, and a new text renames every cached kernel
tools/lab/config/*.config the bytes are part of the name of a cached kernel
tools/lab/build.sh to be reworded with the next change of this file
tools/lab/tables.sh to be reworded with the next change of this file
EOT

words='(What|Who|Whoever|Of|Those|That|So|Which|None)'
# A comment begins a line or follows code. The lines of a block in C begin with a star,
# and those of a patch with a sign. A # in Markdown is a heading.
opener='(^[-+ ]?|[[:space:]"'\''])(/\*+|//|#+|<!--|\.\\"|--)[[:space:]]*|^[-+ ]?[[:space:]]*\*[[:space:]]+'
pattern="($opener)$words([^[:alnum:]_]|\$)"

# shellcheck disable=SC2317 # called by opens
# files: those of git, or of a release
files() {
	if [ -e .git ]; then
		git ls-files
	else
		find . -path ./build -prune -o -type f -print | sed 's|^\./||'
	fi
}

# shellcheck disable=SC2317 # called by run
# opens DIR: "FILE:LINE:TEXT" for each comment that opens with one of the words. The rows
# of the exceptions that match are left in $tmp/used.
opens() (
	cd "$1" || exit
	: >"$tmp/used"
	files | grep -v '\.md$' | xargs -d '\n' grep -sHnIE -e "$pattern" | while IFS= read -r hit; do
		while read -r glob _; do
			# shellcheck disable=SC2254 # a pattern
			case ${hit%%:*} in
			$glob)
				echo "$glob" >>"$tmp/used"
				continue 2
				;;
			esac
		done <"$tmp/exceptions"
		printf '%s\n' "$hit"
	done
)

run opens "$top"
check "each comment opens with a plain sentence" [ ! -s "$tmp/out" ]
cut -d' ' -f1 "$tmp/exceptions" | sort >"$tmp/rows"
unused=$(sort -u "$tmp/used" | comm -23 "$tmp/rows" -)
check "each exception is still needed${unused:+, but not $unused}" [ -z "$unused" ]

# plant FILE TEXT: search a tree that has FILE alone. An underscore of TEXT stands for a
# space, so that this test does not find its own plants.
plant() {
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/$(dirname -- "$1")"
	printf '%b\n' "$2" | tr _ ' ' >"$tmp/tree/$1"
	run opens "$tmp/tree"
}
found() {
	plant "$1" "$2"
	is "$status $(cut -d: -f1 "$tmp/out")" "0 $1" "found in ${3-$1}"
}
passed() {
	plant "$1" "$2"
	is "$(cat "$tmp/out")" '' "not found in $1: $3"
}
for word in What Who Whoever Of Those That So Which None; do
	found user/lib/err.c "/*_$word. */" "user/lib/err.c: $word"
done
found bpf/count.h '\tx = 1; /*_That is one. */'
found user/lib/err.c '/*\n *_What it is.\n */' 'user/lib/err.c: a comment of several lines'
found user/web/flushes.js '\t//_Which of them'
found user/t/rooms.t '\t#_Who knows'
found tools/stress/verdict.jq '#_Of the histograms'
found tools/dashboards/rules.yml '  #_So it is.'
found user/web/index.html '<!--_None -->'
found user/man/v7scope-serve.1 '.\\"_What it is'
found Makefile '#_Those that are built'
found .ci/run "#$word"
passed user/lib/err.c '/* Offset of a table, as Whatever */\nf("Who",\n\t*That);' 'another word, or no comment'
passed kernel-patch/v6.1/0001-planted.patch '+/*_What */' 'an exception'
done_testing
