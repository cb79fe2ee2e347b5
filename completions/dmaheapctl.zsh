#compdef dmaheapctl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of dmaheapctl for zsh. Commands, options, columns and heaps are what the
# program says they are, asked anew each time.

_dmaheapctl_heaps() {
	local -a names

	# The program escapes blanks and the like as \xNN.
	names=(${(f)"$($program list --raw --no-headings -o NAME -q 2>/dev/null)"})
	names=(${(g::)names})
	_alternative 'heaps:heap:compadd -a names' \
		'classes:class of heaps:(system cma protected carveout)'
}

_dmaheapctl_commands() {
	local -a verbs

	verbs=(${(f)"$($program --list-commands 2>/dev/null)"})
	verbs=(${verbs/$'\t'/:})
	_describe -t commands command verbs
}

_dmaheapctl_columns() {
	local -a columns

	columns=(${(f)"$($program --list-columns $command 2>/dev/null)"})
	(( $#columns )) || return
	# "NAME[what it is]"
	columns=(${${columns//(#m)[\[\]:\\]/\\$MATCH}/$'\t'/[})
	compset -P '+'
	_values -s , column ${columns/%/]}
}

_dmaheapctl_devices() {
	local -a devices

	devices=(/dev/dri/(card|renderD)*(N) render primary)
	_alternative 'devices:device:compadd -a devices' 'drivers:driver:compadd -S "" driver\:'
}

_dmaheapctl_connectors() {
	local -a outputs

	outputs=(/sys/class/drm/card*-*(N:t))
	outputs=(${outputs#*-})
	_wanted connectors expl connector compadd -a outputs
}

_dmaheapctl_patterns() {
	_alternative 'patterns:pattern:(zero one counter)' \
		'patterns:pattern:compadd -S "" random\: 0x'
}

# The options of $command, or those before one, as _arguments takes them in $specs.
_dmaheapctl_specs() {
	local line option argument spec action
	local -a field

	specs=()
	for line in ${(f)"$($program --list-options $command 2>/dev/null)"}; do
		field=("${(@ps:\t:)line}")
		option=$field[1]
		argument=${${field[3]#\[}%\]}
		case $argument in
		HEAP) action=_dmaheapctl_heaps ;;
		COLUMNS) action=_dmaheapctl_columns ;;
		FLAGS) action='_values -s , flag rdwr rdonly wronly cloexec' ;;
		PATTERN) action=_dmaheapctl_patterns ;;
		VIEW) action='_values view buffer process' ;;
		DEVICE) action=_dmaheapctl_devices ;;
		CONNECTOR) action=_dmaheapctl_connectors ;;
		COMMAND) action=_dmaheapctl_commands ;;
		FILE) action=_files ;;
		FOLDER) action='_files -/' ;;
		*) action=' ' ;;
		esac

		spec="[${field[4]//(#m)[\[\]:\\]/\\$MATCH}]"
		if [[ -z $argument ]]; then
			:
		elif [[ $field[3] == \[* ]]; then
			spec="=-$spec::${(L)argument//:/\\:}:$action"
		else
			spec="=$spec:${(L)argument//:/\\:}:$action"
		fi
		# Those that may be given more than once say so.
		specs+=("${${(M)field[4]:#*repeatable*}:+*}$option$spec")
		if [[ -n $field[2] ]]; then
			specs+=("$field[2]${spec/#=/+}")
		fi
	done
}

_dmaheapctl() {
	setopt localoptions extendedglob
	local program=${(Q)words[1]} command='' curcontext=$curcontext state line
	local -a specs
	local -A opt_args

	_dmaheapctl_specs
	_arguments -C -S $specs '1:command:_dmaheapctl_commands' '*::argument:->argument' && return
	[[ $state == argument ]] || return

	command=$words[1]
	local dashes=${words[(i)--]}
	if [[ $command == (alloc|accounting) ]] && (( dashes < CURRENT )); then
		shift dashes words
		(( CURRENT -= dashes ))
		_normal
		return
	fi

	_dmaheapctl_specs
	[[ $command != module ]] ||
		specs+=('1:what to do:(status load unload)' '2:module:(debug sim)')
	[[ $command != kernel ]] || specs+=('1:what to do:(find alloc hold)')
	[[ $command != (list|holders|accounting) ]] || specs+=('*:heap:_dmaheapctl_heaps')
	_arguments -S $specs
}

_dmaheapctl "$@"
