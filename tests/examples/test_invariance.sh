#!/bin/sh
# Pooling forgets where things are. In the data of the tests a class is the row of a bar: shifts to the
# left and right keep what an image is, those up and down change it.
name=invariance
. "$(dirname "$0")/course.sh"
usage
data="--data data"
without_data
quick invariance.csv invariance.svg
svg one/invariance.svg "left or right: test accuracy, %" "up or down: test accuracy, %" dense \
    "dense, shifted images" convolution "convolution, global pooling" "pixels shifted"
tr -d '"' <one/invariance.csv | sed 's/^dense, /dense /; s/^convolution, /convolution /' >table
awk -F, 'NR == 1 { next }
    { n++; a[$1, $3, $4] = $5 }
    END {
        if (n != 72) exit 1
        sides = "left or right"; heights = "up or down"
        split("dense;convolution;convolution global pooling", net, ";")
        for (k in net) {
            if (a[net[k], sides, 0] < 0.9 || a[net[k], sides, 0] != a[net[k], heights, 0]) exit 2
            if (a[net[k], sides, 8] > 0.5 || a[net[k], heights, 3] > 0.3) exit 3
        }
        if (a[net[3], sides, 4] < a["dense", sides, 4] + 0.1) exit 4
        if (a["dense shifted images", sides, 0] > 0.6) exit 5
    }' table || { cat one/invariance.csv >&2; fail "shifts do not do what they should"; }
expect 0 "$program" --quick --reach 1 --images 10 --tests 1 --epochs 1 --out tiny $data
echo "invariance: lost by the dense net first"
