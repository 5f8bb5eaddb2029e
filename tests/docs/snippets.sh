#!/bin/sh
# snippets.sh BUILD SCRATCH: compiles and runs every C snippet of README.md, docs/ and of the comment
# that opens dl/dl.h, by the rules in snippets.awk.
set -eu
build=$1
scratch=$2/snippets
cc=${CC:-cc}
cd "$(dirname "$0")/../.."
root=$PWD
rm -rf "$scratch"
mkdir -p "$scratch/run"
pages=$(find README.md docs -name '*.md' 2>/dev/null | sort)
if [ -z "$pages" ]; then
    echo "no pages yet"
    exit 0
fi
# shellcheck disable=SC2086
awk -v out="$scratch" -f tests/docs/snippets.awk $pages >"$scratch/list"
# The code in the comment that opens dl/dl.h is one program. It asks for data that is not there, which
# is an error that it reports, like any other.
{
    printf '#include <stdio.h>\n#include "dl/dl.h"\nint main(void)\n{\n'
    sed -n '/\*\//q; s/^ \*     //p' include/dl/dl.h
    printf 'return 0;\n}\n'
} >"$scratch/tour.c"
echo "run $scratch/tour.c include/dl/dl.h" >>"$scratch/list"
status=0
count=0
while read -r kind file place argument; do
    count=$((count + 1))
    if [ "$kind" = from ]; then
        if ! awk '
            { sub(/^[ \t]+/, ""); sub(/[ \t]+$/, "") }
            NR == FNR { want = want $0 "\n"; next }
            { have = have $0 "\n" }
            END { exit !index("\n" have, "\n" want) }' "$file" "$root/$argument"; then
            echo "$place: is not in $argument"
            status=1
        fi
        continue
    fi
    program=${file%.c}
    if ! "$cc" -std=gnu11 -O1 -Wall -Wextra -Wno-unused-variable -Wno-unused-but-set-variable \
        -Wno-unused-parameter -Wno-unused-function -Werror -I"$root/include" "$file" \
        "$build/libdl.so" -lm -Wl,-rpath,"$build" -o "$program" >"$program.log" 2>&1; then
        cat "$program.log"
        echo "$place: does not compile ($file)"
        status=1
        continue
    fi
    [ "$kind" = run ] || continue
    result=0
    (cd "$scratch/run" && timeout 120 "$program" >"$program.log" 2>&1 </dev/null) || result=$?
    if [ "$result" != 0 ]; then
        tail -5 "$program.log"
        echo "$place: ends with $result ($file)"
        status=1
    fi
done <"$scratch/list"
echo "$count snippets"
exit $status
