#!/bin/sh
# Batch normalization lets a net train with rates that are too large, or too small, without it.
name=batchnorm
. "$(dirname "$0")/course.sh"
usage
data="--data data"
without_data
quick batchnorm.csv losses.csv batchnorm.svg
svg one/batchnorm.svg "training loss, rate 0.01" "training loss, rate 0.1" "training loss, rate 1" with \
    without "images seen"
# 400 images in steps of 20, twice, four steps to a point, for six runs; each run begins near ln 10.
awk -F, 'NR == 1 { next }
    { n[$1, $2]++; if (n[$1, $2] == 1 && ($4 < 1 || $4 > 4)) bad = 1; if ($3 != 80 * n[$1, $2]) bad = 2 }
    END {
        for (run in n) { runs++; if (n[run] != 10) bad = 3 }
        exit bad ? bad : runs == 6 ? 0 : 4
    }' one/losses.csv || { cat one/losses.csv >&2; fail "losses.csv has not the losses of six runs"; }
awk -F, 'NR == 1 { next }
    { loss[$1, $2] = $3; test[$1, $2] = $5; n++ }
    END {
        if (n != 6) exit 1
        for (run in loss) if (loss[run] == "") exit 2
        if (test["0.1", "with"] < 0.9 || test["0.1", "without"] > 0.7) exit 3
        if (loss["0.01", "with"] >= loss["0.01", "without"]) exit 4
        if (loss["1", "without"] < 2.2 || loss["1", "with"] > 2) exit 5
    }' one/batchnorm.csv || { cat one/batchnorm.csv >&2; fail "normalization does not help"; }
# Windows that do not fit into an epoch, and fewer steps than one window.
expect 0 "$program" --quick --window 7 --images 100 --epochs 3 --out odd $data
[ "$(grep -c '^1,with,' odd/losses.csv)" = 2 ] || fail "not two windows of seven in fifteen steps"
expect 0 "$program" --quick --window 1000 --out none $data
[ "$(wc -l <none/losses.csv)" = 1 ] || fail "a window that was not over has a loss"
echo "batchnorm: larger rates with it than without"
