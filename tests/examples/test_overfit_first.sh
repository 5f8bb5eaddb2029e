#!/bin/sh
# A net learns true labels and random ones by heart; only the true ones help with other images.
name=overfit_first
. "$(dirname "$0")/course.sh"
usage
data="--data data"
without_data
quick errors.csv overfit_first.svg
svg one/overfit_first.svg "training error, %" "training loss" "true labels" "random labels"
for labels in true random; do
    [ "$(grep "^$labels labels," one/errors.csv | tail -1 | cut -d, -f4)" = 0 ] ||
        fail "$labels labels were not learned by heart"
    sed -n "s/^$labels labels .* \([0-9.]*\)%\$/\1/p" said >$labels
done
awk 'NR == FNR { good = $1; next } { exit !(good > 50 && $1 < 30) }' true random ||
    { cat said >&2; fail "test images do not show the difference"; }
expect 6 "$program" --quick --epochs 1 --out early $data
says stderr "not learned by heart in 1 epochs"
echo "overfit_first: by heart"
