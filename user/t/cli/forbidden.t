#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The sandbox of serve on this kernel: it forbids system calls to root and to an ordinary
# user, and limits the files that serve can open.
# shellcheck disable=SC2317 # what until_true calls
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
# shellcheck source=user/t/cli/server.sh
. "$here/server.sh"
v7scope=$bin/fake

# forbids NAME COMMAND...: each call, or it says which not
forbids() {
	forbids_name=$1
	shift
	run "$@"
	calls=$(grep -c '^ok' "$tmp/out")
	skipped=$(grep -c SKIP "$tmp/out")
	grep '^not ok' "$tmp/out" >>"$tmp/err"
	check "$forbids_name: $calls calls, $skipped not tried" [ "$status $((calls >= 60))" = "0 1" ]
}

forbids "the sandbox" "$bin/forbidden"
if [ "$(id -u)" -eq 0 ]; then
	cp "$bin/forbidden" "$tmp/forbidden"
	chmod 755 "$tmp" "$tmp/forbidden"
	forbids "the sandbox, for an ordinary user" setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/forbidden"
fi

# A folder for the configuration, and one that it links to.
mkdir "$tmp/config" "$tmp/linked"
printf 'http_server_config: {}\n' >"$tmp/linked/web.yml"
ln -s ../linked/web.yml "$tmp/config/web.yml"
reloaded() {
	curl -s -o /dev/null "$url/"
	[ "$(grep -c ': reloaded$' "$tmp/log")" -eq "$1" ]
}
start --sandbox require --web.config.file "$tmp/config/web.yml"
curl -s "$url/metrics" >"$tmp/out"
check "serve has its own figures" grep -q '^process_open_fds [1-9]' "$tmp/out"
printf 'http_server_config: {}\n# changed\n' >"$tmp/linked/new.yml"
mv "$tmp/linked/new.yml" "$tmp/linked/web.yml"
check "serve reads a new file behind its link" until_true 20 reloaded 1
rm "$tmp/config/web.yml"
cp "$tmp/linked/web.yml" "$tmp/config/web.yml"
check "serve reads a file that replaces the link" until_true 20 reloaded 2
stop "serve ends"

# A link that leads elsewhere now: only Landlock keeps serve from reading that.
if v7scope_landlock=$("$tool" doctor --json | jq -e '.facts.landlock.value') && [ "$v7scope_landlock" != false ]; then
	mkdir "$tmp/elsewhere"
	cp "$tmp/linked/web.yml" "$tmp/elsewhere/web.yml"
	start --sandbox require --web.config.file "$tmp/config/web.yml"
	ln -sf "$tmp/elsewhere/web.yml" "$tmp/config/web.yml"
	refused() { curl -s -o /dev/null "$url/"; grep -q 'cannot read .*: Permission denied' "$tmp/log"; }
	check "serve does not read a file elsewhere" until_true 20 refused
	check "serve keeps its configuration" grep -q 'the previous configuration stays in use' "$tmp/log"
	stop "serve ends after the refused file"
else
	skip "files elsewhere" "this kernel has no Landlock"
fi
done_testing
