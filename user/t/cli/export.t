#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# The file for node_exporter's textfile collector.
# shellcheck disable=SC2016 # commands that until_true tries again
set -u
here=$(dirname -- "$0")
# shellcheck source=tools/t/tap.sh
. "$here/../../../tools/t/tap.sh"
need_built
v7scope=$bin/fake
dir=$tmp/dir
file=$dir/v7scope.prom
mkdir "$dir"

# attempts NUMBER: so many are in the file
# shellcheck disable=SC2317 # by until_true, too
attempts() {
	[ "$(awk '/^v7scope_installs_total/ { n += $NF } END { print n }' "$file" 2>/dev/null)" = "$1" ]
}

run "$v7scope" export --textfile "$file" -- true
check "once, while a command runs" [ "$status $(wc -c <"$tmp/out") $(wc -c <"$tmp/err")" = "0 0 0" ]
check "once: the counts" attempts 18180
check "no metrics that node_exporter has itself" [ "$(grep -c process_ "$file")" -eq 0 ]
check "no time stamps" [ "$(grep -vc '^#\|^[^ ]* [0-9.]*$' "$file")" -eq 0 ]
check "the file is readable for all users" [ "$(stat -c %a "$file")" = 644 ]
check "no other file is left" [ "$(ls "$dir")" = v7scope.prom ]
# A file system that loses power must have the new contents, or the old ones.
run "$bin/syscalls" "$tmp/calls" "$v7scope" export --textfile "$file" -i 0.2 -n 1
if [ $status -eq 77 ]; then
	skip "the file is synced before it is renamed" "this kernel does not let us trace"
else
	# The last descriptor of the temporary file; what was done with it, in order.
	fd=$(sed -n "s|^open $file\.[0-9]* .* = \([0-9]*\)$|\1|p" "$tmp/calls" | tail -n 1)
	is "$status $(grep -e "^open $file" -e "^sync $fd " -e '^rename' "$tmp/calls" | tail -n 3 | sed "s|$file|FILE|g; s/[.][0-9][0-9]*/.PID/; s/ $fd / FD /; s/= $fd$/= FD/" | tr '\n' ';')" \
		"0 open FILE.PID O_CREAT O_EXCL = FD;sync FD = 0;rename FILE.PID FILE = 0;" "the file is synced before it is renamed"
fi
rm "$file"
echo precious >"$tmp/precious"
for planted in 'ln' 'ln -s'; do
	# The temporary file has the number of the process in its name, which others can guess.
	run sh -c '$3 "$4" "$2.$$" && exec "$1" export --textfile "$2" -i 0.2 -n 1' sh "$v7scope" "$file" "$planted" "$tmp/precious"
	is "$status $(cat "$tmp/precious") $(stat -c %a "$file") $(ls "$dir")" "0 precious 644 v7scope.prom" \
		"$planted: a link in the place of the temporary file is removed, and its file stays"
done
rm "$file"
(umask 077 && "$v7scope" export --textfile "$file" -i 0.2 -n 1)
check "once, after an interval, whatever the umask" [ "$? $(stat -c %a "$file")" = "0 644" ]
run "$v7scope" export --textfile "$file" -- sh -c 'exit 7'
check "the status of the command" [ $status -eq 7 ]

# Each time, the collector sees a file that is whole.
rm "$file"
FAKE_STEPS=1000 "$v7scope" export --textfile "$file" -i 0.1 2>"$tmp/err" &
pid=$!
until_true 30 test -e "$file"
seen=0 broken=0
while [ $seen -lt 200 ]; do
	cat "$file" >"$tmp/out"
	[ "$(tail -n 1 "$tmp/out" | cut -d ' ' -f 1) $(grep -c '^# TYPE' "$tmp/out")" = "v7scope_dropped_total{reason=\"unknown_event\"} $(grep -c '^# HELP' "$tmp/out")" ] ||
		broken=$((broken + 1))
	seen=$((seen + 1))
done
check "the file is always whole" [ $broken -eq 0 ]
before=$(stat -c %i "$file")
until_true 30 eval '[ "$(stat -c %i "$file")" != '"$before"' ]'
ok $? "the file is written at each interval"
kill $pid
wait $pid
check "SIGTERM ends export" [ "$? $(grep -vc "^v7scope: attached" "$tmp/err")" = "0 0" ]
check "SIGTERM: the file has all counts" attempts 6060000
check "SIGTERM: the file stays" [ "$(ls "$dir")" = v7scope.prom ]

# An error is reported once, and the old file stays.
FAKE_STEPS=1 "$v7scope" export --textfile "$file" -i 0.1 2>"$tmp/err" &
pid=$!
until_true 30 attempts 6060
mv "$dir" "$tmp/away"
until_true 30 grep -q cannot "$tmp/err"
sleep 0.5
check "a removed folder is reported once" [ "$(grep -c "cannot .* '$file.*': No such file" "$tmp/err") $(grep -vc "^v7scope: attached" "$tmp/err")" = "1 1" ]
mv "$tmp/away" "$dir"
rm "$file"
until_true 30 attempts 6060
ok $? "the folder is back: the file is written"
until_true 30 grep -q "'$file' is written again" "$tmp/err"
ok $? "the folder is back: a message"
mv "$dir" "$tmp/away"
until_true 30 eval '[ "$(grep -vc "^v7scope: attached" "$tmp/err")" -eq 3 ]'
kill $pid
wait $pid
check "no folder at the end: status 1" [ $? -eq 1 ]
mv "$tmp/away" "$dir"
check "no folder at the end: the old file stays" attempts 6060

cp "$file" "$tmp/old"
run sh -c 'trap "" XFSZ; ulimit -f 4; "$1" export --textfile "$2" -i 0.2 -n 1' sh "$v7scope" "$file"
check "a file that grows too large: status 1 and the reason" [ "$status $(grep -c "cannot write '$file.[0-9]*': File too large" "$tmp/err")" = "1 1" ]
run cmp "$file" "$tmp/old"
check "a file that grows too large: the old file is unchanged" [ "$status $(ls "$dir")" = "0 v7scope.prom" ]

start=$(date +%s)
run "$v7scope" export --textfile /no/such/x.prom -i 60
check "no folder at the start: an error at once" [ "$status $(grep -c "cannot create '/no/such/x.prom.[0-9]*': No such" "$tmp/err")" = "1 1" ]
run "$v7scope" export --textfile /proc/sys/x.prom -i 60
check "a folder without write access: an error at once" [ "$status $(grep -vc "^v7scope: attached" "$tmp/err")" = "1 1" ]
mkdir "$dir/x.prom"
run "$v7scope" export --textfile "$dir/x.prom" -i 0.2 -n 1
check "a folder in the place of the file" [ "$status $(grep -c "cannot rename a file to '$dir/x.prom': Is a directory" "$tmp/err") $(echo "$dir"/*)" = "1 1 $file $dir/x.prom" ]
run "$v7scope" export
check "--textfile is required" [ "$status $(grep -ce '--textfile is required' "$tmp/err")" = "2 1" ]
echo "# $(($(date +%s) - start)) s"
done_testing
