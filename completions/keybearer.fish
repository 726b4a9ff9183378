# Completion of keybearer for fish. It knows nothing itself: `keybearer complete` answers.
# What is typed is not executed, what is answered is not evaluated, and no other program is run.

function __keybearer_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -e typed[1]

    for line in (command keybearer complete -- $typed (string trim -l -c '"\'' -- "$current") 2>/dev/null)
        switch $line
            case ':file'
                # As of a command that fish knows nothing of.
                set -l value (string replace -r -- '^--[^=]*=' '' "$current")
                set -l before (string sub -l (math (string length -- "$current") - (string length -- "$value")) -- "$current")
                for file in (complete -C "__keybearer_file $value")
                    printf '%s%s\n' "$before" "$file"
                end
            case ':command *'
                set -l skip (string replace ':command ' '' -- $line)
                set -e typed[1..$skip]
                complete -C (string join ' ' -- (string escape -- $typed) "$current")
            case '*'
                printf '%s\n' $line
        end
    end
end

complete -c keybearer -f -a '(__keybearer_complete)'
