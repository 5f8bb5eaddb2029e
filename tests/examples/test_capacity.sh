#!/bin/sh
# What a net can tell apart grows with its hidden units.
name=capacity
. "$(dirname "$0")/course.sh"
usage
quick capacity.csv capacity.svg
[ "$(grep -o 'class="panel"' one/capacity.svg | wc -l)" = 6 ] || fail "not six panels"
[ "$(grep -o 'class="cells"' one/capacity.svg | wc -l)" -ge 11 ] || fail "a panel without two regions"
awk -F, 'NR == 1 { next }
    { units[NR] = $1; loss[NR] = $3; accuracy[NR] = $4 }
    END {
        if (NR != 7) exit 1
        for (k = 3; k <= NR; k++) if (loss[k] > loss[k - 1] + 1e-4) exit 2
        if (accuracy[2] > 0.75 || accuracy[7] < 0.95 || accuracy[5] < accuracy[3]) exit 3
    }' one/capacity.csv || { cat one/capacity.csv >&2; fail "capacity does not grow with the units"; }
expect 0 "$program" --quick --points 5 --turns 0.5 --starts 1 --iterations 1 --noise 0 --out tiny
echo "capacity: grows with the units"
