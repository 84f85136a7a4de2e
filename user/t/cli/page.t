#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The page of `serve` in a headless browser. shots=DIR keeps its screenshots there.
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
top=$here/../../..

# A release holds uPlot: it builds without npm, and without a network.
mkdir "$tmp/path" "$tmp/release"
printf '#!/bin/sh\nexit 1\n' >"$tmp/path/npm"
chmod +x "$tmp/path/npm"
MAKEFLAGS='' run make -s -C "$top" dist
if [ $status -eq 0 ]; then
	tar -xzf "$top"/build/v7scope-[0-9]*.tar.gz --strip-components 1 -C "$tmp/release"
	MAKEFLAGS='' PATH=$tmp/path:$PATH run make -s -C "$tmp/release" build/web/page.c
fi
check "a release builds the page without npm" [ -s "$tmp/release/build/web/page.html" ]
# The limit keeps the page light for a board's slow network.
packed=$(wc -c <"$top/build/web/page.html.gz")
echo "$packed bytes" >"$tmp/err"
check "the page is at most 70 KB in gzip" [ "$packed" -le 70000 ]
mkdir "$tmp/page"
sed 's/V7scopeLostInstalls/V7scopeLost/' "$top/tools/dashboards/rules.yml" >"$tmp/rules.yml"
run "$top/user/web/build" "$top/build/web/node_modules/uplot" "$tmp/rules.yml" "$tmp/page"
check "an alert of the page that the rules do not have is an error" \
	[ "$status $(grep -c 'no alert V7scopeLostInstalls with' "$tmp/err")" = "1 1" ]
mkdir "$tmp/fetched"
PATH=$tmp/path:$PATH run "$top/user/web/fetch" "$top/user/web" "$tmp/fetched"
check "npm that fails: told of, and nothing is there" [ "$status $(ls "$tmp/fetched/node_modules" 2>/dev/null)" = "1 " ]
check "no lock names a host" [ "$(cat "$top"/user/web/package-lock.json "$here"/../web/package-lock.json | grep -c '://')" -eq 0 ]

if ! command -v chromium >/dev/null; then
	skip "the page in a browser" "no chromium here; tools/deps installs Debian's"
	done_testing
fi
modules=$bin/../../playwright
run "$top/user/web/fetch" "$here/../web" "$modules"
[ $status -eq 0 ] || bail "playwright-core: $(cat "$tmp/err")"

NODE_PATH=$modules/node_modules timeout 900 node "$here/../web/browse.js" "$bin/fake" "${shots-}" >"$tmp/told" 2>"$tmp/said"
ended=$?
: >"$tmp/out"
while IFS='	' read -r failed name why; do
	printf '%s\n' "$why" >"$tmp/err"
	ok "$failed" "$name"
done <"$tmp/told"
cp "$tmp/said" "$tmp/err"
check "the browser's part came to its end" [ $ended -eq 0 ]
done_testing
