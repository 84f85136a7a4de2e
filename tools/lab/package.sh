# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh disable=SC2154 # sourced by lab, with the others
# lab package: a Debian package for this machine, extracted and not installed. What
# tests run beside the guest comes from there: an installed daemon would be started,
# and stay.

# Packages come from the release that `make check` supports; they run on later releases, too.
package_suites=bookworm,bookworm-security

verb_package() {
	[ $# -eq 1 ] || misuse "package wants a Debian package, as in: lab package prometheus"
	case $1 in
	'' | [!a-z0-9]* | *[!a-z0-9+.-]*) misuse "'$1' is no name of a Debian package" ;;
	esac
	source_package "$package_suites" "$1"
	extracted=$cache/package/$(basename -- "$deb" .deb)
	[ -d "$extracted" ] || extract_package
	echo "$extracted"
}

extract_package() {
	lock 8 "package-$package"
	if [ ! -d "$extracted" ]; then
		scratch=$extracted.part
		rm -rf "$scratch"
		need_space 512 "extracting $package"
		mkdir -p "$scratch" || die "cannot write to $cache"
		start_ticker "extract ${deb##*/}"
		run_job dpkg-deb -x "$deb" "$scratch" ||
			failed "extract" "cannot extract $deb, see above: remove it, and run this again"
		stop_ticker
		mv "$scratch" "$extracted" || die "cannot rename $scratch"
		scratch=
	fi
	unlock 8
}
