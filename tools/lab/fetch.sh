# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=sh
# Debian packages through an apt state of our own: the machine's lists, sources
# and installed packages are neither needed nor touched, and root is not needed.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirrors are those the machine itself uses; the same archive holds the
# other suites. A third party's repository may name a Debian release too, so the
# origin decides where apt knows it.
# shellcheck disable=SC2016 # apt-get expands it
mirror() {
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(ORIGIN)' 'Created-By: Packages' 2>/dev/null |
		awk -v security="$1" '
		$1 ~ /^cdrom:/ { next }
		$3 != "Debian" && $3 != "" && $3 != "$(ORIGIN)" { next }
		$2 !~ /^(bullseye|bookworm|trixie|forky|sid|oldoldstable|oldstable|stable|testing|unstable)(-|\/|$)/ { next }
		($2 ~ /-security$/) == security { print $1; exit }'
}

# apt_state SUITES DEBARCH: afterwards `private_apt` speaks of these, its lists
# not older than a day. Sets apt_fresh to no when the network failed.
apt_state() {
	apt=$cache/apt/$1-$2
	apt_fresh=yes
	need_tools <<-'EOF'
	apt-get apt
	dpkg-deb dpkg
	flock util-linux
	EOF
	[ -r "$keyring" ] || die "missing $keyring; install it with: apt-get install debian-archive-keyring"
	fresh_lists || just_failed || { lock 7 "apt-$1-$2" && { fresh_lists || apt_refresh "$1" "$2"; } && unlock 7; }
}

# A mirror that is out of order for an hour is not asked again each minute.
just_failed() { [ -n "$(find "$apt/failed" -mmin -10 2>/dev/null)" ] && apt_fresh=no; }

fresh_lists() { [ -n "$(find "$apt/stamp" -mmin -1440 2>/dev/null)" ]; }

# Read after the machine's own apt.conf, whose proxy is wanted and whose hooks are not.
apt_conf() {
	cat >"$apt/conf" <<-EOF
	#clear APT::Architectures;
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear DPkg::Pre-Invoke;
	#clear DPkg::Post-Invoke;
	Dir::State "$apt/state";
	Dir::State::status "$apt/status";
	Dir::Cache "$apt/cache";
	Dir::Etc::SourceList "$apt/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	Dir::Etc::Preferences "/dev/null";
	Dir::Etc::PreferencesParts "/dev/null";
	APT::Architecture "$1";
	APT::Architectures { "$1"; };
	APT::Get::List-Cleanup "true";
	APT::Install-Recommends "false";
	APT::Sandbox::User "";
	APT::Update::Error-Mode "any";
	Acquire::Languages "none";
	Acquire::Retries "2";
	Debug::NoLocking "true";
	EOF
}

apt_refresh() {
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" && true >>"$apt/status" && apt_conf "$2" ||
		die "cannot write to $apt: make it yours, or set XDG_CACHE_HOME to a folder of yours"
	true >"$apt/sources.list.new"
	for suite in $(echo "$1" | tr , ' '); do
		case $suite in
		*-security) uri=$(mirror 1) ;;
		*) uri=$(mirror 0) ;;
		esac
		# A machine without the security archive makes do with the main one.
		[ -z "$uri" ] || echo "deb [signed-by=$keyring target=Packages] $uri $suite main" >>"$apt/sources.list.new"
	done
	[ -s "$apt/sources.list.new" ] ||
		die "the machine's apt names no Debian mirror (apt-get indextargets): add one to /etc/apt/sources.list"
	mv "$apt/sources.list.new" "$apt/sources.list"
	start_ticker "package lists of $1"
	if run_job apt-get -c "$apt/conf" -qq update >"$apt/log" 2>&1; then
		touch "$apt/stamp"
	else
		apt_fresh=no
		touch "$apt/failed"
		say "cannot refresh the package lists ($(apt_error)); going on with what is in the cache"
	fi
	stop_ticker
}

private_apt() { apt-get -c "$apt/conf" -qq "$@" 2>>"$apt/log"; }

apt_error() { grep -m 1 '^[EW]:' "$apt/log" || tail -n 1 "$apt/log"; }

# The status that tells a kernel which is gone from the mirrors from all that
# can be mended here.
unavailable=122

# source_package SUITES PACKAGE [DEBARCH]: sets deb to the newest one, downloaded, by
# default for this machine. PACKAGE may end in a *, as point releases of a stable kernel
# do not change its package's name and those of a backport do: package is then set to
# the newest of them.
source_package() {
	apt_state "$1" "${3:-$(dpkg --print-architecture)}"
	mkdir -p "$cache/source" || die "cannot write to $cache"
	package=$2
	case $2 in
	*'*')
		package=$(apt-cache -c "$apt/conf" pkgnames "${2%?}" 2>/dev/null | grep -v '[^a-z0-9.-]' | sort -V | tail -n 1)
		[ -n "$package" ] || package=$(cached_source "$2" | sed 's/_.*//')
		[ -n "$package" ] || package=$2
		;;
	esac
	set -- "$1" "$package"
	[ "$apt_fresh" = no ] || true >"$apt/log"
	# 'URI' FILE SIZE HASH
	name=$(ask download --print-uris "$2" | awk 'NR == 1 { print $2, $3 }')
	size=${name##* }
	name=${name%% *}
	deb=$cache/source/$name
	[ -z "$name" ] || [ ! -e "$deb" ] || return 0

	if [ -n "$name" ]; then
		lock 8 "source-$2"
		[ ! -e "$deb" ] || { unlock 8; return 0; }
		need_space $((size / 1048576 + 64)) "downloading $2"
		scratch=$cache/source/$2.part
		rm -rf "$scratch"
		mkdir "$scratch" || die "cannot write to $cache/source"
		start_ticker "download $name" downloaded "$scratch" "$size"
		# shellcheck disable=SC2016 # the inner shell expands it
		run_job sh -c 'cd "$1" && exec apt-get -c "$3" -qq download "$2"' \
			sh "$scratch" "$2" "$apt/conf" >"$apt/log" 2>&1 && mv "$scratch/$name" "$deb"
		set -- $? "$2"
		stop_ticker
		rm -rf "$scratch"
		scratch=
		unlock 8
		[ "$1" -ne 0 ] || return 0
	fi
	# No network, or gone from there, but there may be an older one.
	why="cannot ask the mirrors for the newest $2 ($(apt_error))"
	[ "$apt_fresh" = no ] || [ -n "$name" ] || why="the mirrors have no $2 any more"
	deb=$(cached_source "$2")
	if [ -n "$deb" ]; then
		say "$why; going on with $deb"
		deb=$cache/source/$deb
		return
	fi
	if [ "$apt_fresh" = yes ] && [ -z "$name" ]; then
		# shellcheck disable=SC2034 # the status of die
		failure=$unavailable
		die "$why"
	fi
	rm -f "$apt/failed"
	failed "download" "cannot download $2: $(apt_error). Look to the network and apt's mirrors, and run this again"
}

# The newest file of that package, if there is any.
cached_source() {
	find "$cache/source" -maxdepth 1 -name "$1_*.deb" -printf '%f\n' | sort -V | tail -n 1
}

downloaded() {
	du -sk "$1" | awk -v all="$2" '{ printf "%d of %d MiB\n", $1 / 1024, all / 1048576 }'
}

# ask APT-GET-ARGUMENTS: its answer, remembered for as long as the lists are.
ask() {
	answer=$apt/answer-$(echo "$*" | sha256sum | cut -c 1-16)
	if [ -n "$(find "$answer" -newer "$apt/stamp" 2>/dev/null)" ]; then
		cat "$answer"
		return
	fi
	private_apt "$@" >"$answer.$$" && mv "$answer.$$" "$answer"
	cat "$answer" 2>/dev/null
	rm -f "$answer.$$"
}
