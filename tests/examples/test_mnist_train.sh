#!/bin/sh
# A run, what it says and what it leaves behind; the same bits for any number of threads; predict and
# info; real data where it is installed.
. "$(dirname "$0")/lib.sh"

# A run on the smallest data, with everything that it should say.
expect 0 "$mnist" $small --epochs 4 --lr 0.01 --out a
first=$(hash_of)
for word in "data: IDX files in data: 900 images to train, 200 to test" "seed               1" \
    "threads in use     2" "batch              32" "version            " "machine            " \
    "4,640            147,456" "parameters     6,026" "test: loss" "memory:" "written to a:"; do
    says stdout "$word"
done
says stderr "epoch 4/4  loss "
[ "$(wc -l <stderr)" = 4 ] || fail "not one plain line for each epoch"
[ "$(tr -d '\r\033' <stderr | wc -c)" = "$(wc -c <stderr)" ] || fail "a terminal was drawn on"
for file in run.json metrics.csv curves.svg model.safetensors checkpoint.safetensors; do
    [ -s a/$file ] || fail "a/$file is missing"
done
[ -z "$(find a -name '*.tmp*')" ] || fail "temporary files are left"
[ "$(wc -l <a/metrics.csv)" = 5 ] || fail "metrics.csv has not 5 lines"
says a/curves.svg "</svg>"
accuracy=$(sed -n 's/.*accuracy \([0-9]*\).*/\1/p' stdout)
[ "$accuracy" -ge 60 ] || fail "it learned nothing: $accuracy %"
if grep -q "$PWD" a/run.json a/metrics.csv a/curves.svg; then
    fail "a result names this machine's folders"
fi

# run.json repeats the run; the command line wins over it.
expect 0 "$mnist" --config a/run.json --out b
same "$first" "$(hash_of)" "--config run.json"
cmp a/model.safetensors b/model.safetensors
expect 0 "$mnist" --config a/run.json --seed 2 --out b --force
[ "$(hash_of)" != "$first" ] || fail "another seed made the same weights"
says b/run.json '"seed": 2'

# The same bits for any number of threads, and of threads that load, after 56 steps.
wide="--data data --hidden 256 --batch 128 --epochs 7 --force --out c"
expect 0 "$mnist" $wide --threads 1
reference=$(hash_of)
for threads in 2 3 4 7; do
    expect 0 "$mnist" $wide --threads $threads
    same "$reference" "$(hash_of)" "$threads threads"
done
expect 0 "$mnist" $wide --threads 2 --workers 2
same "$reference" "$(hash_of)" "2 workers"
expect 0 env LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 "$mnist" $wide --threads 2
same "$reference" "$(hash_of)" "a German locale"
says c/metrics.csv "0."

# Other rules.
expect 0 "$mnist" $small --epochs 3 --optimizer sgd --lr 0.1 --schedule step --clip 1 \
    --weight-decay 0.001 --check-finite --out d
for engine in plain native; do
    expect 0 "$mnist" $small --epochs 2 --schedule constant --dropout 0 --engine $engine \
        --out d --force
    says stdout "engine $engine"
    hash_of >$engine
done
same "$(cat plain)" "$(cat native)" "the engines plain and native"

# With validation the best net is kept, and training stops when nothing gets better.
expect 0 "$mnist" $small --epochs 30 --lr 0.05 --valid 0.1 --patience 2 --out e
says stdout "810 images to train, 90 to validate"
says stderr "(best)"
[ "$(wc -l <e/metrics.csv)" -lt 31 ] || fail "it did not stop early"
awk -F, 'NR > 1 && ($4 == "" || $5 == "") { exit 1 }' e/metrics.csv ||
    fail "metrics.csv has no validation"

# Nothing is trained.
expect 0 "$mnist" $small --dry-run --out f
says stdout "parameters"
[ ! -e f ] || fail "--dry-run wrote something"

# One batch is learned by heart, or not, which is told.
expect 0 "$mnist" $small --overfit-one-batch --lr 0.01 --out f
says stdout "one batch: learned by heart"
expect 6 "$mnist" $small --overfit-one-batch --lr 0 --epochs 1 --out f --force
says stderr "one batch: the loss is still"

# Predicting, by index and from files; info.
expect 0 "$mnist" predict 0 199 --out a
says stdout "test image 0, labelled "
says stdout "test image 199, labelled "
[ "$(grep -c '%' stdout)" -ge 10 ] || fail "not the five likeliest classes of two images"
expect 0 "$mnist" predict data/t10k-images-idx3-ubyte --out a
says stdout "data/t10k-images-idx3-ubyte, image 199"
gzip -c data/t10k-images-idx3-ubyte >some.gz
expect 0 "$mnist" predict some.gz --out a
"$build/tests/examples/make_pictures" pictures
expect 0 "$mnist" predict pictures/red/00.bmp pictures/blue/01.bmp --out a
[ "$(grep -c '%' stdout)" = 10 ] || fail "not the five likeliest classes of two pictures"
expect 3 "$mnist" predict a/metrics.csv --out a
expect 2 "$mnist" predict 200 --out a
expect 3 "$mnist" predict data/t10k-labels-idx1-ubyte --out a
expect 4 "$mnist" predict nowhere --out a
expect 4 "$mnist" predict 0 --out nowhere
says stderr "train first"
expect 0 "$mnist" info a/model.safetensors
says stdout "1.weight"
says stdout "6 tensors, 24104 bytes"
expect 0 "$mnist" info a/checkpoint.safetensors
expect 3 "$mnist" info a/run.json
expect 3 "$mnist" info data/train-images-idx3-ubyte
expect 4 "$mnist" info nowhere

fashion=/usr/share/datasets/fashion-mnist
if [ -d $fashion ]; then
    expect 0 "$mnist" --data $fashion --hidden 32 --epochs 1 --out g
    says stdout "data: Fashion-MNIST in $fashion: 60000 images to train, 10000 to test"
    expect 0 "$mnist" predict 0 --out g
    says stdout "labelled ankle boot"
else
    echo "skipped: the part with real data; $fashion is not installed"
fi
echo "mnist: trains, repeats, predicts"
