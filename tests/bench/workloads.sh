#!/bin/sh
# Every workload of dl_bench makes a step whose result is finite, its modes answer, and the program
# for PyTorch has the same workloads. usage: workloads.sh BENCH
set -eu
bench=$1
peer=$(dirname "$0")/peer_torch.py
fail()
{
    echo "$*"
    exit 1
}

"$bench" --list >list
[ "$(wc -l <list)" = 15 ] || fail "not 15 workloads"
# The small ones with two images, where batch norm has something to norm; the large ones with one
# thread of their own.
"$bench" --batch 2 --steps 1 >rates || fail "a workload fails"
grep -q '^# libdl .* engine .* instructions ' rates || fail "no header"
sed 1d rates | cut -f1 >names
cut -f1 list | cmp -s - names || fail "rates have other names than the list"
awk -F'\t' 'NR > 1 && !($2 > 0) { exit 1 }' rates || fail "a rate is no number"

"$bench" --split --freeze --batch 1 --steps 1 --only mlp_infer_b1,resnet20_infer >split
awk -F'\t' 'NR > 1 && (NF != 5 || $3 <= 0 || $4 > 0 || $5 > 0) { exit 1 }' split ||
    fail "inference has more than a forward pass"
"$bench" --profile --steps 1 --batch 2 --only lenet_train >profile
grep -q '^0 .*conv  *forward  *1 ' profile || fail "a profile without the first layer"
"$bench" --memory --batch 2 --only mlp_train >memory
awk -F'\t' '$1 == "mlp_train" && $2 >= $3 && $4 > 8 { found = 1 } END { exit !found }' memory ||
    fail "no peak memory"
"$bench" --kernels --seconds 0.001 --only 8x64-64.3x3.56,8x8x8 >kernels
[ "$(grep -c '%$' kernels)" = 4 ] || fail "not three passes of a layer and a product"
"$bench" --kernels --seconds 0.001 --only 9x9x9 >none 2>&1 && fail "an unknown kernel is not refused"
for wrong in "--only mlp" "--engine cuda" "--isa sse9" "--threads x" "--seconds 0" "--batch"; do
    # shellcheck disable=SC2086
    "$bench" $wrong >none 2>&1 && fail "$wrong is not refused"
done

python=$(command -v python3) || { echo "bench: no python3, peer_torch.py was not asked"; exit 0; }
"$python" "$peer" --list >peer
cut -f1-4 list | cmp -s - peer || fail "peer_torch.py has other workloads"
"$python" "$(dirname "$0")/compare" --help >none || fail "compare does not start"
echo "bench: 15 workloads"
