#!/bin/sh
# Links between the pages of the tree lead somewhere: [text](path) and [text](path#heading).
set -eu
cd "${1:-$(dirname "$0")/../..}"
status=0
for page in $(find README.md docs -name '*.md' 2>/dev/null); do
    folder=$(dirname "$page")
    for link in $(awk '
        /^```/ { fenced = !fenced }
        !fenced {
            line = $0
            gsub(/`[^`]*`/, "", line)
            while (match(line, /\]\([^) ]*\)/)) {
                print substr(line, RSTART + 2, RLENGTH - 3)
                line = substr(line, RSTART + RLENGTH)
            }
        }' "$page"); do
        case $link in
        http://* | https://* | mailto:*) continue ;;
        '#'*) target=$page ;;
        *) target=$folder/${link%%#*} ;;
        esac
        if [ ! -e "$target" ]; then
            echo "$page: $link leads nowhere"
            status=1
            continue
        fi
        case $link in
        *'#'*) heading=${link#*#} ;;
        *) continue ;;
        esac
        # The way GitHub makes anchors: lower case, blanks to hyphens, no punctuation.
        if ! sed -n 's/^#\{1,6\} //p' "$target" | tr 'A-Z ' 'a-z-' | sed 's/[^a-z0-9_-]//g' |
            grep -q -x -e "$heading"; then
            echo "$page: $link: there is no such heading"
            status=1
        fi
    done
done
exit $status
