#!/bin/sh
# The native engine's kernels reach their share of the machine's peak of fused multiply-adds, which
# is measured in the same run: the best of several tries, so that other programs do not count.
# share.txt has the shares. usage: share.sh BENCH
set -eu
bench=$1
shares=$(dirname "$0")/share.txt
skip()
{
    echo "bench/share: skipped, $*"
    exit 77
}

grep -qw fma /proc/cpuinfo 2>/dev/null || skip "no x86 with FMA"
"$bench" --steps 1 --batch 1 --only mlp_infer_b1 --engine native >/dev/null 2>&1 ||
    skip "there is no native engine"
[ "$(sed '/^#/d' "$shares" | wc -l)" -gt 0 ] || skip "share.txt names no kernel"
layers=$(sed '/^#/d' "$shares" | cut -d' ' -f1 | sort -u | paste -sd,)
best=$(mktemp)
trap 'rm -f "$best"' EXIT
for try in 1 2 3 4 5 6; do
    "$bench" --kernels --engine native --threads 1 --seconds 0.1 --only "$layers" >>"$best"
    # Columns of share.txt: kernel, pass, percent; of dl_bench: kernel, pass, GFLOP/s, percent.
    if awk 'FNR == NR { if ($1 !~ /^#/) want[$1 " " $2] = $3; next }
        $4 + 0 > got[$1 " " $2] { got[$1 " " $2] = $4 + 0 }
        END {
            for (k in want) {
                printf "%-28s %4d %% of the peak, wanted %d\n", k, got[k], want[k]
                bad += got[k] < want[k]
            }
            exit bad > 0
        }' "$shares" "$best" >"$best.said"; then
        cat "$best.said"
        rm -f "$best.said"
        exit 0
    fi
done
cat "$best.said"
rm -f "$best.said"
echo "bench/share: too slow in $try tries"
exit 1
