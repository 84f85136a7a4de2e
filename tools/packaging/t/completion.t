#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# Completion by bash and zsh, asked in the shell. Verbs and options are those of the help.
# shellcheck disable=SC2317 # called by the name of the shell
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
need_built
completion=$top/tools/packaging/completion
mkdir "$tmp/bin" "$tmp/files"
ln -s "$(readlink -f -- "$tool")" "$tmp/bin/v7scope"
PATH=$tmp/bin:$PATH
: >"$tmp/files/night.rec"

# bash calls at a tab: the function that `complete` names, with the words so far. The
# words are split at =, as bash does.
# shellcheck disable=SC2016 # for bash
bash_words() {
	(cd "$tmp/files" && bash --norc --noprofile -c '. "$0"
		IFS=" " read -ra COMP_WORDS <<<"${1//=/ = }"
		[[ $1 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		function=$(complete -p v7scope) && function=${function#*-F } && ${function% *}
		printf "%s\n" "${COMPREPLY[@]}"' "$completion/v7scope.bash" "$1" | sort)
}

# Words of zsh at a tab, in a terminal of its own: compadd, by which each word comes,
# also writes what matches.
mkdir "$tmp/zsh"
cat >"$tmp/zsh/.zshrc" <<EOT
PROMPT=
fpath=($completion \$fpath)
autoload -Uz compinit && compinit -u -D
compadd() {
	local -a matching
	if [[ " \$* " != *' -'[AOD]' '* ]]; then
		builtin compadd -O matching "\$@"
		print -rl -- "\$matching[@]" >>$tmp/asked
	fi
	builtin compadd "\$@"
}
complete_and_end() { zle complete-word; : >$tmp/ended; exit }
zle -N complete_and_end
bindkey '^I' complete_and_end
: >$tmp/ready
EOT
cat >"$tmp/ask.zsh" <<'EOT'
zmodload zsh/zpty
zpty -b tested env ZDOTDIR=$1/zsh zsh -d -i
while [[ ! -e $1/ready ]]; do zpty -rt tested output || sleep 0.05; done
zpty -w -n tested "$2"$'\t'
while [[ ! -e $1/ended ]] && zpty -t tested; do zpty -rt tested output || sleep 0.05; done
zpty -d tested
EOT
zsh_words() {
	rm -f "$tmp/ready" "$tmp/ended" "$tmp/asked"
	(cd "$tmp/files" && HOME=$tmp TERM=vt100 timeout 60 zsh -f "$tmp/ask.zsh" "$tmp" "$1") >"$tmp/zsh.out" 2>&1
	[ ! -e "$tmp/asked" ] || sed '/^$/d; s/:.*//' "$tmp/asked" | sort -u
}

verbs=$(v7scope help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | grep -v '^help$')
# shell SHELL: all that is asked of it
shell() {
	words=$1_words
	missing=$($words 'v7scope ' | { cat; echo; } >"$tmp/got"; for verb in $verbs help version; do grep -qx "$verb" "$tmp/got" || echo "$verb"; done)
	is "$missing" "" "$1: each verb"
	is "$($words 'v7scope he' | xargs)" help "$1: the verbs that begin so"
	for verb in stat trace serve check; do
		$words "v7scope $verb --" >"$tmp/got"
		v7scope help $verb | grep -oE -- '--[a-z][a-z.-]+' | sort -u >"$tmp/wanted"
		check "$1: each option of $verb" diff -u "$tmp/wanted" "$tmp/got"
	done
	is "$($words 'v7scope stat --so' | xargs)" --source "$1: the options that begin so"
	is "$($words 'v7scope stat --source ' | xargs)" "bpf fentry ftrace kprobe" "$1: the values of an option"
	is "$($words 'v7scope stat --source=f' | xargs)" "fentry ftrace" "$1: a value after ="
	is "$($words 'v7scope convert night.rec --to ' | xargs)" "$(v7scope convert - --to '' 2>&1 | sed 's/.*takes //; s/, not.*//; s/ or / /; s/,//g')" "$1: the values of a verb that takes a file first"
	is "$($words 'v7scope trace --event d' | xargs)" "destroy" "$1: the values of a list"
	is "$($words 'v7scope report night.rec h' | xargs)" hist "$1: the views of a recording"
	is "$($words 'v7scope schema se' | xargs)" serve "$1: the verbs that have a schema"
}
bash_words 'v7scope report ni' >"$tmp/out"
has "$tmp/out" '^night.rec$' "bash: files"
shell bash
if command -v zsh >/dev/null; then
	shell zsh
else
	skip "zsh" "it is not installed"
fi
done_testing
