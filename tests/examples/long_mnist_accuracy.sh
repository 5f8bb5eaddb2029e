#!/bin/sh
# The program's defaults reach the promised accuracy: 98.4 % on MNIST, 89.5 % on Fashion-MNIST, in ten
# epochs. MNIST is looked for in DL_DATA_DIR, the usual folders, and shared/data beside the checkout.
. "$(dirname "$0")/lib.sh"
source=$(cd "$tests/../.." && pwd)

# data_of NAME: the folder that holds it, if there is one.
data_of()
{
    for base in ${user_data:+"$user_data"} "$source/data" "${HOME:-/nonexistent}/.cache/dl-data" \
        "$source/../shared/data" /usr/share/datasets; do
        for one in "$base/$1"/train-images[-.]idx3-ubyte*; do
            [ ! -e "$one" ] || { dirname "$one"; return; }
        done
    done
}

# reaches NAME FOLDER PERCENT
reaches()
{
    if [ -z "$2" ]; then
        echo "skipped: $1 is not here"
        return
    fi
    expect 0 "$mnist" --data "$2" --out "$1"
    says stdout "data: $1 in"
    percent=$(sed -n 's/^test: .*accuracy \([0-9.]*\)%$/\1/p' stdout)
    echo "$1: $percent %, $3 % are promised"
    awk -v got="$percent" -v want="$3" 'BEGIN { exit !(got >= want) }' || fail "$1: $percent %"
    ran=yes
}

ran=
reaches MNIST "$(data_of mnist)" 98.4
reaches Fashion-MNIST "$(data_of fashion-mnist)" 89.5
[ -n "$ran" ] || exit 77
