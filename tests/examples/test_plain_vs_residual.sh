#!/bin/sh
# Plain and residual nets of two depths, on a few pictures in CIFAR's form: each is trained, and a run
# that is stopped goes on to the same results.
name=plain_vs_residual
. "$(dirname "$0")/course.sh"
usage

# made N SEED: N records, class k is a light stripe at a place of its own, under noise.
made()
{
    LC_ALL=C awk -v n="$1" -v seed="$2" 'BEGIN {
        srand(seed)
        for (i = 0; i < n; i++) {
            label = int(rand() * 10)
            printf "%c", label
            for (k = 0; k < 3072; k++)
                printf "%c", int(k % 1024 / 96) == label ? 200 : 1 + int(rand() * 100)
        }
    }'
}
mkdir cifar data2
for k in 1 2 3 4 5; do
    made 40 $k >cifar/data_batch_$k.bin
done
made 50 6 >cifar/test_batch.bin
echo no >data2/data_batch_1.bin
data="--data cifar"
without_data
quick plain_vs_residual.csv epochs.csv plain_vs_residual.svg
svg one/plain_vs_residual.svg "training error, %" "test error, %" "plain 8" "plain 14" "residual 8" \
    "residual 14" epoch
says one/plain_vs_residual.svg "reduced scale: 200 images of 8 x 8"
says said "reduced scale: 200 images of 8 x 8"
[ "$(grep -c , one/epochs.csv)" = 9 ] || fail "not two epochs of four nets"
# Shortcuts have no parameters.
awk -F, 'NR == 1 { next }
    { n++; parameters[$1] = $3 }
    $5 < 0 || $5 > 1 || $6 < 0 || $6 > 1 { bad = 1 }
    END {
        if (bad || n != 4) exit 1
        if (parameters["plain 8"] != parameters["residual 8"]) exit 2
        if (parameters["plain 14"] != parameters["residual 14"]) exit 3
    }' one/plain_vs_residual.csv || { cat one/plain_vs_residual.csv >&2; fail "the table is wrong"; }
expect 2 "$program" --quick --side 12 --out side $data
says stderr "--side is 4, 8, 16 or 32"
expect 2 "$program" --quick --full --out both $data
says stderr "two scales"
expect 2 "$program" --quick --deep 15 --out deep $data

# Stopped when the second net has begun, by Ctrl-C and by what nothing can catch.
more="--quick --epochs 6 --augment $data"
expect 0 "$program" $more --out whole
for signal in INT KILL; do
    # A shell's background commands ignore Ctrl-C, unless something asks for it again.
    env --default-signal=INT "$program" $more --out "$signal" >stdout 2>stderr </dev/null &
    pid=$!
    until [ -e "$signal/plain-deep.safetensors" ]; do
        kill -0 "$pid" || { cat stderr >&2; fail "it ended before it was stopped"; }
        sleep 0.02
    done
    kill -s "$signal" "$pid"
    ! wait "$pid" || fail "it was not stopped"
    [ ! -e "$signal/plain_vs_residual.csv" ] || fail "a run that was stopped has a result"
    says "$signal/epochs.csv" "plain 14,1,"
    [ "$signal" = KILL ] || says stderr "--resume goes on from here"
    expect 0 "$program" $more --out "$signal" --resume
    says stdout "residual 14  epoch 6 of 6"
    ! grep -q "plain 8 * epoch" stdout || fail "a net that was done was trained again"
    for file in plain_vs_residual.csv epochs.csv plain_vs_residual.svg; do
        cmp "whole/$file" "$signal/$file" || fail "$file is another one after a resume"
    done
done
expect 2 "$program" $more --out INT --resume --lr 0.2
says stderr "--lr is 0.2"
mkdir elsewhere
made 60 9 >elsewhere/test_batch.bin
for k in 1 2 3 4 5; do
    cp elsewhere/test_batch.bin elsewhere/data_batch_$k.bin
done
expect 3 "$program" --out INT --resume --data elsewhere
says stderr "had other data"
expect 0 "$program" $more --out fresh --resume
cmp whole/epochs.csv fresh/epochs.csv || fail "--resume without a run is not a run from the beginning"
echo "plain_vs_residual: trains, and goes on"
