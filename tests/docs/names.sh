#!/bin/sh
# Names in pages and in the comments of public headers are those of things that are there: dl_x of
# what a public header declares or of a program, dl__x of the sources, DL_X of any of them or of the
# build.
set -eu
cd "${1:-$(dirname "$0")/../..}"
status=0

words() # REGEX: the words of stdin that match
{
    grep -oE '[A-Za-z0-9_]+' | grep -xE "$1" | sort -u
}

without_comments()
{
    awk '{
        line = $0
        while (line != "") {
            if (comment) {
                if (!(at = index(line, "*/")))
                    break
                comment = 0
            } else {
                at = index(line, "/*")
                print at ? substr(line, 1, at - 1) : line
                if (!at)
                    break
                comment = 1
            }
            line = substr(line, at + 2)
        }
    }' "$@"
}

missing() # WORD
{
    echo "there is no $1:"
    grep -rnw -e "$1" README.md docs include | sed 's/^/    /'
    status=1
}

text()
{
    cat README.md include/dl/*.h
    find docs -name '*.md' -exec cat {} +
}

declared=$(without_comments include/dl/*.h | words 'dl_[a-z0-9][a-z0-9_]*')
for word in $(text | words 'dl_[a-z0-9][a-z0-9_]*'); do
    case "
$declared
" in
    *"
$word
"*) ;;
    *) [ -e "tests/bench/$word.c" ] || missing "$word" ;;
    esac
done
for word in $(text | words 'dl__[a-z0-9_]*[a-z0-9]'); do
    grep -rqw -e "$word" src || missing "$word"
done
for word in $(text | words 'DL_[A-Z0-9_]*[A-Z0-9]'); do
    without_comments include/dl/*.h | grep -qw -e "$word" ||
        grep -rqw -e "$word" src tests examples .cmake .ci CMakeLists.txt || missing "$word"
done
exit $status
