# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# Puts a series into a kernel tree, or takes it out, touching no file that
# already says the right thing: make then rebuilds the difference only.

patches=$top/kernel-patch

# series_files KERNEL: the patches' names, in order.
series_files() {
	if [ -e "$patches/v$1/series" ]; then
		sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$patches/v$1/series"
	else
		(cd "$patches/v$1" 2>/dev/null && ls -- *.patch 2>/dev/null)
	fi
}

# find_patch KERNEL NAME: sets without to the one patch of the series that NAME means.
find_patch() {
	without=$(series_files "$1" | awk -v name="$2" 'index($0, name) == 1')
	case $without in
	*.patch*.patch*) misuse "--without $2 means more than one patch of v$1: $(echo "$without" | xargs)" ;;
	*.patch) return 0 ;;
	esac
	misuse "--without $2: the series of v$1 has no such patch; it has: $(series_files "$1" | xargs)"
}

scratch_git() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_CEILING_DIRECTORIES=$work \
		git -C "$work/scratch" -c user.name=lab -c user.email=lab@localhost \
		-c core.autocrlf=false -c gc.auto=0 -c advice.mergeConflict=false "$@"
}

# pristine FILE: copies what Debian shipped to the scratch tree.
pristine() {
	from=$base/tree
	if [ -e "$base/orig/$1" ]; then
		from=$base/orig
	elif grep -qxF -- "$1" "$base/added" || [ ! -e "$base/tree/$1" ]; then
		return 0
	fi
	mkdir -p "$work/scratch/$(dirname "$1")" && cp "$from/$1" "$work/scratch/$1"
}

# apply_patch PATCH WHAT [OPTION...]: one commit of the scratch tree.
apply_patch() {
	file=$1
	shift
	scratch_git apply --index --whitespace=nowarn "$@" "$file" 2>"$work/apply.log" ||
		die "${file##*/} does not apply to ${deb##*/}: $(head -n 1 "$work/apply.log")"
	scratch_git commit -q --allow-empty -m "${file##*/} $*" || die "cannot commit in $work/scratch"
}

# name_files PATCH: adds the files that it changes to those that are wanted.
name_files() {
	scratch_git apply --numstat --whitespace=nowarn "$1" 2>"$work/apply.log" | cut -f 3 >>"$work/want"
	[ ! -s "$work/apply.log" ] || die "${1##*/} is damaged: $(head -n 1 "$work/apply.log")"
}

# part_tests PATCH: leaves its KUnit tests in $work/tests, the rest in $work/fix. A test is
# a file of its own, its option in Kconfig, and the lines that include the file.
part_tests() {
	mkdir -p "$work/tests" "$work/fix" || die "cannot write to $work"
	true >"$work/tests/${1##*/}"
	awk -v tests="$work/tests/${1##*/}" -v fix="$work/fix/${1##*/}" '
	function count(range) { return split(range, part, ",") > 1 ? part[2] : 1 }
	function put() {
		out = header ~ /kunit/ || hunk ~ /\n[+][^\n]*KUNIT/ ? tests : fix
		if (headed[out] != header) {
			headed[out] = header
			printf "%s", header > out
		}
		printf "%s", hunk > out
		done = 1
	}
	removed > 0 || added > 0 {
		hunk = hunk $0 "\n"
		if (!/^[+\\]/) removed--
		if (!/^[-\\]/) added--
		if (removed <= 0 && added <= 0) put()
		next
	}
	/^@@ -/ {
		hunk = $0 "\n"
		removed = count($2)
		added = count($3)
		next
	}
	/^diff --git / || /^--- / {
		if (done || header !~ /^diff /) header = ""
		done = 0
	}
	/^diff --git / || /^--- / || header != "" { header = header $0 "\n" }' "$1"
	[ -s "$work/fix/${1##*/}" ] || die "--without ${1##*/}: it changes nothing but its KUnit tests"
}

# mix_series KERNEL [PATCH...]: leaves in $work/scratch what these patches, $without
# left out and $extra on top, make of the files that they or the tree of $base changed.
mix_series() {
	series=$patches/v$1
	shift
	mkdir -p "$work/scratch" || die "cannot write to $work"
	true >"$work/want"
	scratch_git init -q . || die "cannot make a repository in $work/scratch"
	for patch in "$@"; do
		[ -r "$series/$patch" ] || die "the series names $patch, which is not in $series"
		name_files "$series/$patch"
	done
	[ -z "$extra" ] || name_files "$extra"
	sort -u "$work/want" "$base/touched" >"$work/both"
	while read -r file; do
		pristine "$file" || failed "unpack" "cannot copy $file"
	done <"$work/both"
	scratch_git add -A && scratch_git commit -q --allow-empty -m pristine || die "cannot commit in $work/scratch"

	for patch in "$@"; do
		if [ "$patch" = "$without" ]; then
			part_tests "$series/$patch"
			apply_patch "$work/tests/$patch" --allow-empty
			apply_patch "$work/fix/$patch"
			fix=$(scratch_git rev-parse HEAD)
		else
			apply_patch "$series/$patch"
		fi
	done
	[ -z "$without" ] || leave_out "$fix"
	[ -z "$extra" ] || apply_patch "$extra"
}

# leave_out COMMIT: the same without it, and without those after it that change what
# it changed.
leave_out() {
	later=$(scratch_git rev-list --reverse "$1..HEAD")
	scratch_git reset -q --hard "$1~1" || die "cannot go back in $work/scratch"
	dropped=
	for commit in $later; do
		scratch_git cherry-pick --allow-empty "$commit" >"$work/apply.log" 2>&1 && continue
		dropped="$dropped $(scratch_git log -1 --format=%s "$commit" | cut -c 1-4)"
		scratch_git cherry-pick --abort || die "cannot go back in $work/scratch"
	done
	[ -z "$dropped" ] || say "$title: later patches build on its lines and are left out too:$dropped"
}

# put_series: brings $work/tree, a copy of that of $base, to what mix_series left.
put_series() {
	while read -r file; do
		put_file "$file" || failed "unpack" "cannot write $work/tree/$file"
	done <"$work/both"
	mv "$work/both" "$work/touched"
	rm -rf "$work/scratch" "$work/tests" "$work/fix" "$work/want" "$work/apply.log"
}

put_file() {
	if [ ! -e "$work/orig/$1" ] && ! grep -qxF -- "$1" "$work/added"; then
		if [ -e "$work/tree/$1" ]; then
			mkdir -p "$work/orig/$(dirname "$1")" && cp "$work/tree/$1" "$work/orig/$1" || return
		else
			echo "$1" >>"$work/added"
		fi
	fi
	if [ ! -e "$work/scratch/$1" ]; then
		rm -f "$work/tree/$1"
	elif ! cmp -s "$work/scratch/$1" "$work/tree/$1"; then
		mkdir -p "$work/tree/$(dirname "$1")" && cp "$work/scratch/$1" "$work/tree/$1"
	fi
}
