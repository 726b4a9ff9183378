# Completion of keybearer for bash. It knows nothing itself: `keybearer complete` answers.
# What is typed is not expanded, what is answered is not evaluated, and no other program is run.

# Another command's words, which begin with COMP_WORDS[$1]: $2 is typed of the last.
_keybearer_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif [[ $COMP_CWORD -eq $1 ]]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$2")
    else
        compopt -o default
    fi
}

_keybearer() {
    local typed=() starts=() lines=() rest=${COMP_LINE:0:COMP_POINT} piece line before word i
    COMPREPLY=()

    # bash takes words apart at ":" and "=". Here they are whole, and without their quotes.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=${rest#"${rest%%[![:space:]]*}"}
        if [[ $i -eq 1 || ($i -gt 1 && $piece != "$rest") ]]; then
            typed+=("")
            starts+=("$i")
        fi
        rest=$piece
        [[ $i -lt $COMP_CWORD ]] && piece=${COMP_WORDS[i]}
        rest=${rest#"$piece"}
        [[ $i -gt 0 ]] && typed[-1]+=${piece//[\"\'\\]/}
    done

    # It replaces only the last piece, $2.
    before=${typed[-1]}
    before=${before%"$2"}
    mapfile -t lines < <(command keybearer complete -- "${typed[@]}" 2>/dev/null)
    for line in "${lines[@]}"; do
        case $line in
        :file) compopt -o default ;;
        ":command "*) _keybearer_command "${starts[${line#* }]}" "$2" ;;
        *)
            word=${line%%$'\t'*}
            word=${word#"$before"}
            [[ ${COMP_WORDS[COMP_CWORD]} != [\"\']* ]] && printf -v word %q "$word"
            COMPREPLY+=("$word")
            ;;
        esac
    done
}

complete -F _keybearer keybearer
