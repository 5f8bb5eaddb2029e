#!/bin/sh
# The range test suggests a rate in its range, and training with it learns.
name=lr_find
. "$(dirname "$0")/course.sh"
usage
data="--data data"
without_data
quick rates.csv lr_find.svg training.csv
svg one/lr_find.svg "smoothed loss" "loss over the learning rate" "0.001"
awk -F, 'NR > 2 && $1 <= last { exit 1 } { last = $1 } END { if (NR < 30) exit 1 }' one/rates.csv ||
    fail "the rates do not rise"
suggestion=$(sed -n 's/.*falls steepest at //p' said)
echo "$suggestion" | awk '{ exit !($1 > 1e-6 && $1 < 10) }' || fail "suggestion $suggestion"
says one/lr_find.svg "suggestion 0."
sed -n 's/^the suggestion .* \([0-9.]*\)%$/\1/p' said |
    awk '{ ok = $1 > 20 } END { exit !ok }' || { cat said >&2; fail "it learned nothing"; }
expect 0 "$program" --quick --optimizer adam --out adam $data
expect 0 "$program" --quick --steps 2 --out short $data
echo "lr_find: suggests a rate that learns"
