# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of dmaheapctl for fish. Each completion runs the program to list the commands, options,
# columns or heaps.

# Runs the program $argv[1], if it exists, with the words of $argv[2..] that are not empty.
function __dmaheapctl_ask
    set -l words (string match -v -- '' $argv)
    command -q $words[1]; and command $words 2>/dev/null
end

function __dmaheapctl_heaps -a program
    # With --raw, the program escapes blanks and control characters as \xNN. %b decodes them.
    set -l names (__dmaheapctl_ask $program list --raw --no-headings -o NAME -q)
    for class in system cma protected carveout
        contains -- $class $names; or printf '%s\tclass\n' $class
    end
    for name in $names
        printf '%b\theap\n' $name
    end
end

# Completes a comma-separated list of columns. The list may start with "+".
# $argv: program, command, current text.
function __dmaheapctl_columns -a program name given
    set -l before (string match -r '^\+?(?:.*,)?' -- $given)
    set -l used (string split , -- (string trim -l -c + -- $before | string lower))
    for line in (__dmaheapctl_ask $program --list-columns $name)
        set -l column (string split -m 1 \t -- $line)
        contains -- (string lower -- $column[1]) $used
        or printf '%s%s\t%s\n' "$before" $column[1] $column[2]
    end
end

function __dmaheapctl_flags -a given
    set -l before (string match -r '^(?:.*,)?' -- $given)
    set -l used (string split , -- $before)
    for flag in rdwr rdonly wronly cloexec
        contains -- $flag $used; and continue
        # The access modes are mutually exclusive.
        test $flag != cloexec
        and string match -qr '(?:^|,)(?:rdwr|rdonly|wronly),' -- $before
        and continue
        echo "$before$flag"
    end
end

# Prints the possible values of an option.
# $argv: name of the value in --help, program, command, current text.
function __dmaheapctl_value -a argument program name given
    switch $argument
        case HEAP REGION
            __dmaheapctl_heaps $program
        case COLUMNS
            __dmaheapctl_columns $program "$name" "$given"
        case FLAGS
            __dmaheapctl_flags "$given"
        case PATTERN
            printf '%s\n' zero one counter random: 0x
        case VIEW
            printf '%s\n' buffer process
        case WHEN
            printf '%s\n' auto always never
        case DEVICE
            for node in /dev/dri/card* /dev/dri/renderD* /dev/accel/accel* /dev/video*
                echo $node
            end
            printf '%s\n' render primary accel capture output driver:
        case CONNECTOR
            for output in /sys/class/drm/card*-*
                string replace -r '.*/card\d+-' '' -- $output
            end
        case COMMAND
            __dmaheapctl_ask $program --list-commands
    end
end

# Prints the context of the cursor: the program, the command or an empty line, and the kind of
# completion, if any. The kinds are "value ARGUMENT", "options", "heaps", "commands",
# "actions WORD...", "modules" and "other N". "other N" means that another command follows the first
# N words.
function __dmaheapctl_where
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -l name ''
    set -l wanted ''
    set -l first 2

    # Skip the word after --list-options and --list-columns: it is the argument of the option.
    while test $first -le (count $words)
        switch $words[$first]
            case --list-options --list-columns
                set first (math $first + 1)
            case '-*'
            case '*'
                set name $words[$first]
                break
        end
        set first (math $first + 1)
    end

    set -l options
    set -l arguments
    for line in (__dmaheapctl_ask $program --list-options $name)
        set -l field (string split \t -- $line)
        # --list-options also accepts its optional argument as a separate word.
        test "$field[1]" = --list-options; and set field[3] COMMAND
        set -a options $field[1] $field[2]
        set -a arguments "$field[3]" "$field[3]"
    end

    set -l from 2
    test -n "$name"; and set from (math $first + 1)
    for i in (seq $from (count $words))
        if test -n "$wanted"
            set wanted ''
        else if test "$words[$i]" = --
            printf '%s\n' $program "$name"
            switch "$name"
                case alloc accounting
                    echo other $i
                case list holders
                    echo heaps
            end
            return
        else if set -l at (contains -i -- $words[$i] $options)
            string match -q '[*' -- $arguments[$at]; or set wanted $arguments[$at]
        end
    end

    printf '%s\n' $program "$name"
    if test -n "$wanted"
        echo value $wanted
    else if set -l option (string match -r '^--[^=]+(?==)' -- $current)
        set -l at (contains -i -- $option $options)
        and echo value (string trim -c '[]' -- $arguments[$at])
    else if string match -q -- '-*' $current
        echo options
    else if test -z "$name"
        echo commands
    else if contains -- "$name" list holders accounting
        echo heaps
    else if test "$name" = module
        # The words after "module" are the action, the module and its parameters.
        test $first -eq (count $words); and echo actions status load unload; or echo modules
    else if test "$name" = record
        echo value FILE
    else if contains -- "$name" alloc map export inspect; and test $first -eq (count $words)
        echo heaps
    else if test "$name" = kernel -a $first -eq (count $words)
        echo actions find alloc hold
    else
        echo options
    end
end

function __dmaheapctl_options -a program name
    set -l lines (__dmaheapctl_ask $program --list-options $name)
    for line in $lines
        set -l field (string split \t -- $line)
        printf '%s\t%s\n' $field[1] $field[4]
        string match -q '[*' -- $field[3]; and printf '%s=\t%s\n' $field[1] $field[4]
    end
    contains -- "$name" alloc accounting; and test -n "$lines"; and printf -- '--\tthe command to run\n'
end

function __dmaheapctl_complete
    set -l place (__dmaheapctl_where)
    set -l what (string split ' ' -- "$place[3]")
    set -l current (commandline -ct)

    switch "$what[1]"
        case value
            set -l prefix (string match -r '^--[^=]+=' -- $current)
            for line in (__dmaheapctl_value $what[2] $place[1] "$place[2]" \
                    (string replace -- "$prefix" '' $current))
                echo "$prefix$line"
            end
        case options
            __dmaheapctl_options $place[1] $place[2]
        case heaps
            __dmaheapctl_heaps $place[1]
        case actions
            printf '%s\n' $what[2..]
        case modules
            printf '%s\n' debug client sim
        case commands
            __dmaheapctl_ask $place[1] --list-commands
        case other
            set -l words (commandline -opc)
            set -e words[1..$what[2]]
            complete -C (string join ' ' -- (string escape -- $words) $current)
    end
end

function __dmaheapctl_takes_path
    string match -qr '^value FILE$' -- (__dmaheapctl_where)[3]
end

complete -c dmaheapctl -f -a '(__dmaheapctl_complete)'
complete -c dmaheapctl -n __dmaheapctl_takes_path -F
