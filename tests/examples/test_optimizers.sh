#!/bin/sh
# All update rules go downhill, and the ones that should be good at something are.
name=optimizers
. "$(dirname "$0")/course.sh"
usage
data="--data data"
without_data
quick optimizers.csv losses.csv losses.svg ways_plain.svg ways_adaptive.svg
svg one/ways_plain.svg valley saddle plateau SGD momentum Nesterov L-BFGS
svg one/ways_adaptive.svg valley saddle plateau Adagrad RMSProp Adadelta Adam AdamW NAdam Lion
svg one/losses.svg "images seen" SGD Lion
[ "$(grep -c '<path class="curve"' one/ways_adaptive.svg)" = 21 ] || fail "not 21 ways"
# The valley begins at 24.2, the saddle at 1.53, the plateau at 0.999, images near 2.4.
awk -F, 'NR == 1 { next }
    { n++; loss[$1, $2] = $4; if ($1 == "images") test[$2] = $5 }
    $4 == "" { bad = 1 }
    $1 == "valley" && $4 > 24 || $1 == "saddle" && $4 > 1.5 || $1 == "plateau" && $4 > 0.99 { bad = 2 }
    $1 == "images" && ($4 > 2.3 || $5 < 0.15) { bad = 3 }
    END {
        if (bad || n != 44) exit 1
        if (loss["valley", "L-BFGS"] > 1e-6) exit 2
        if (loss["valley", "momentum"] >= loss["valley", "SGD"]) exit 3
        if (loss["plateau", "Nesterov"] >= loss["plateau", "SGD"]) exit 4
        if (test["Adam"] < 0.8) exit 5
    }' one/optimizers.csv || {
    cat one/optimizers.csv >&2
    fail "a rule does not do what it should"
}
echo "optimizers: all go downhill"
