#!/bin/sh
# The program's defaults reach the promised accuracy: 98.4 % on MNIST, 89.5 % on Fashion-MNIST, in ten
# epochs; with --model cnn 99.3 % on MNIST in five, with --model lenet5 98.9 % in ten. MNIST is looked for in DL_DATA_DIR, the usual folders, and shared/data beside the checkout.
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

# reaches NAME FOLDER PERCENT [ARGUMENT...]
reaches()
{
    name=$1
    folder=$2
    promised=$3
    shift 3
    if [ -z "$folder" ]; then
        echo "skipped: $name is not here"
        return
    fi
    expect 0 "$mnist" --data "$folder" --out "$name" --force "$@"
    says stdout "data: $name in"
    percent=$(sed -n 's/^test: .*accuracy \([0-9.]*\)%$/\1/p' stdout)
    echo "$name $*: $percent %, $promised % are promised"
    awk -v got="$percent" -v want="$promised" 'BEGIN { exit !(got >= want) }' ||
        fail "$name $*: $percent %"
    ran=yes
}

ran=
reaches MNIST "$(data_of mnist)" 98.4
reaches MNIST "$(data_of mnist)" 99.3 --model cnn
reaches MNIST "$(data_of mnist)" 98.9 --model lenet5
reaches Fashion-MNIST "$(data_of fashion-mnist)" 89.5
[ -n "$ran" ] || exit 77
