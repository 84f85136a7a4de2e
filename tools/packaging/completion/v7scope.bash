# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 the v7scope authors
# shellcheck shell=bash
# Completion of v7scope for bash. All words come from the tool, which prints its own table of
# options, so that none is missing here.

# __v7scope_words KIND [VERB [OPTION]]: the words that may stand there
__v7scope_words() {
	local tool=$1 kind=$2 verb=$3 option=$4
	case $kind in
	verbs) "$tool" help | sed -n 's/^  \([a-z]*\) .*/\1/p; s/^  -V, \([a-z]*\).*/\1/p' ;;
	options) "$tool" help "$verb" | grep -oE -- '(^|[ ,])--[a-z][a-z.-]*' | tr -d ' ,' | sort -u ;;
	valued) "$tool" help "$verb" | sed -nE 's/^  (-[a-z]|  )[, ] (--[a-z.-]+) [A-Z]+.*/\2 \1/p' ;;
	# An empty value is refused, with the list of values that are taken.
	values)
		[[ $verb != convert ]] || verb="convert -"
		# shellcheck disable=SC2086 # convert takes a file before its options
		"$tool" $verb "$option" '' 2>&1 |
			sed -nE 's/.*: -[a-z.-]+ takes (some of )?//; s/ or /, /; s/, not .*//; /^[a-z.-]+(,[ ]?[a-z.-]+)+$/p' | tr -s ', ' '\n'
		;;
	views) "$tool" help report | sed -n 's/^  \([a-z][a-z]*\) .* --.*/\1/p' ;;
	schemas) "$tool" help schema | sed -n '/^VERB is/,/\.$/p' | xargs | sed 's/^VERB is //; s/\.$//; s/ or / /' | tr -s ', ' '\n' ;;
	esac
} 2>/dev/null

_v7scope() {
	local tool=${COMP_WORDS[0]} verb=${COMP_WORDS[1]} current=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]} i valued words=
	COMPREPLY=()
	# bash splits --option=value at the sign.
	if [[ $current == = ]]; then
		current=
	elif [[ $before == = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			if declare -F _command_offset >/dev/null; then
				_command_offset $((i + 1))
			elif ((COMP_CWORD == i + 1)); then
				mapfile -t COMPREPLY < <(compgen -c -- "$current")
			else
				mapfile -t COMPREPLY < <(compgen -f -- "$current")
			fi
			return
		fi
	done
	if ((COMP_CWORD == 1)); then
		words=$(__v7scope_words "$tool" verbs)
	elif [[ $verb == help ]]; then
		words=$(__v7scope_words "$tool" verbs)
	elif [[ $verb == schema && $current != -* ]]; then
		words=$(__v7scope_words "$tool" schemas)
	else
		valued=$(__v7scope_words "$tool" valued "$verb")
		if [[ " ${valued//$'\n'/ } " == *" $before "* && $before == -* ]]; then
			words=$(__v7scope_words "$tool" values "$verb" "$before")
		elif [[ $current == -* ]]; then
			words=$(__v7scope_words "$tool" options "$verb")
		elif [[ $verb == report && $COMP_CWORD -eq 3 ]]; then
			words=$(__v7scope_words "$tool" views)
		fi
	fi
	if [[ -n $words ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		compopt -o filenames 2>/dev/null
	fi
}

complete -F _v7scope v7scope
