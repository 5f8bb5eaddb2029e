#!/bin/sh
# What helps a net that has too few images: each way runs, and does what its name says.
name=regularize
. "$(dirname "$0")/course.sh"
usage
data="--data data --proximal 0.5 --lr 0.002"
without_data
quick regularize.csv epochs.csv regularize.svg
svg one/regularize.svg "training loss" "validation loss" "validation accuracy, %" nothing dropout L2 \
    "weight decay" L1 "proximal L1" "early stopping"
# Without help the training images are learned by heart; the proximal steps alone make weights 0;
# penalties end with a higher training loss.
awk -F, 'NR == 1 { next }
    { epochs[$1] = $2; loss[$1] = $3; zeros[$1] = $7; n++ }
    END {
        if (n != 7) exit 1
        for (way in zeros) if (way != "proximal L1" && zeros[way] > 0.001) exit 2
        if (zeros["proximal L1"] < 0.3) exit 3
        if (loss["nothing"] > 0.05) exit 4
        for (way in loss) if (way != "nothing" && loss[way] < loss["nothing"]) exit 5
        if (loss["L1"] == loss["nothing"] || loss["L2"] == loss["nothing"]) exit 6
        if (loss["weight decay"] == loss["nothing"] || loss["dropout"] == loss["nothing"]) exit 7
    }' one/regularize.csv || {
    cat one/regularize.csv >&2
    fail "a way does not do what its name says"
}
# Early stopping stops: with so high a rate the validation loss soon rises.
expect 0 "$program" --quick --lr 0.03 --patience 1 --out early --data data
[ "$(grep -c '^early stopping,' early/epochs.csv)" -lt 30 ] || fail "early stopping did not stop"
expect 2 "$program" --images 900 --out much $data
says stderr "--images and --valid are 2900, there are 900"
echo "regularize: every way does what its name says"
