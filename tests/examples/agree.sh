#!/bin/sh
# agree.sh BUILD BUILD SCRATCH: the programs of two builds, by different compilers, train to the same
# bits.
set -eu
one=$(cd "$1" && pwd)
other=$(cd "$2" && pwd)
rm -rf "$3"
mkdir -p "$3/data"
cd "$3"
"$one/tests/examples/make_idx" data
options="--data data --hidden 256 --batch 128 --epochs 7 --valid 0.1 --clip 1 --weight-decay 0.01"
for rule in adam sgd; do
    for build in "$one" "$other"; do
        # shellcheck disable=SC2086
        "$build/examples/mnist" $options --optimizer $rule --force >stdout 2>stderr || {
            cat stderr >&2
            exit 1
        }
        hash=$(sed -n 's/^weights: sha256 //p' stdout)
        echo "$rule $hash $build"
        if [ "$build" = "$one" ]; then
            first=$hash
        elif [ -z "$hash" ] || [ "$hash" != "$first" ]; then
            echo "FAILED: $rule does not train to the same weights" >&2
            exit 1
        fi
    done
done
