#!/bin/sh
# cifar: usage, the nets, a run and what it leaves, resuming to the same bits, predictions, bad data; real
# data where there is some.
made=cifar
. "$(dirname "$0")/lib.sh"
cifar=$build/examples/cifar
small="--data data --width 4 --batch 20 --threads 2"

# ---- usage ---------------------------------------------------------------------------------------

# wrong TEXT ARGUMENT...: exit code 2 and one line with TEXT.
wrong()
{
    text=$1
    shift
    expect 2 "$cifar" "$@"
    one_line
    says stderr "$text"
}
wrong "it wants cifar10|cifar100" --set cifar20
wrong "it wants resnet20|resnet32|resnet56|plain20|plain56|vgg|cnn" --model resnet18
wrong "did you mean --width?" --with 3
wrong "--momentum-low wants" --schedule cosine --momentum-low 0.5 --warmup 0
wrong "keeps the loss" --overfit-one-batch --smoothing 0.1
wrong "predict wants indices of test images, or JPEG, PNG, BMP files" predict
wrong "--set is for training" predict 1 --set cifar100
expect 2 "$cifar" --data data --batch 301
says stderr "there are 300 images"
[ ! -e cifar-run ] || fail "wrong usage left a folder behind"
expect 0 env DL_DATA_DIR=/nonexistent "$cifar" --help
says stdout "by default, if --model says so:"

# ---- nets: the numbers of parameters of the papers, or of their plain sums --------------------------

# counts NUMBER ARGUMENT...
counts()
{
    number=$1
    shift
    expect 0 "$cifar" --data data --dry-run "$@"
    says stdout "parameters     $number"
}
counts 269,722
counts 464,154 --model resnet32
counts 853,018 --model resnet56
counts 269,722 --model plain20
counts 853,018 --model plain56
counts 9,228,362 --model vgg
counts 591,466 --model cnn
[ ! -e cifar-run ] || fail "--dry-run wrote something"

# ---- a run ---------------------------------------------------------------------------------------

expect 0 "$cifar" $small --epochs 8 --lr 0.1 --out a
first=$(hash_of)
for word in "data: CIFAR-10 in data: 300 images to train, 100 to test" "model              resnet20" \
    "optimizer          nesterov" "schedule           onecycle" "momentum-low       0.85" \
    "image              3 x 32 x 32" "test: loss" "written to a:"; do
    says stdout "$word"
done
accuracy=$(sed -n 's/^test: .*accuracy \([0-9]*\).*/\1/p' stdout)
[ "$accuracy" -ge 50 ] || fail "it learned nothing: $accuracy %"
for file in run.json metrics.csv curves.svg model.safetensors checkpoint.safetensors confusion.svg \
    confusion.txt mistakes.svg filters.svg layers.svg report.html; do
    [ -s a/$file ] || fail "a/$file is missing"
done
says a/confusion.txt "airplane"
says a/run.json '"classes": "airplane/automobile/bird/cat/deer/dog/frog/horse/ship/truck"'
says a/report.html "</html>"
expect 0 "$cifar" --config a/run.json --threads 1 --workers 2 --out b
same "$first" "$(hash_of)" "--config run.json, other threads"
cmp a/model.safetensors b/model.safetensors
expect 0 "$cifar" $small --model cnn --epochs 2 --valid 0.2 --tensorboard --profile --out c
says stdout "240 images to train, 60 to validate, 100 to test"
[ -n "$(find c/events -name 'events.out.tfevents.*')" ] || fail "no event file"
says stdout "conv_weight"
says stdout "GFLOP/s"
[ "$(grep -c '"ph":"X"' c/trace.json)" -ge 100 ] || fail "nothing in trace.json"
expect 0 "$cifar" $small --model vgg --epochs 1 --optimizer adam --augment off --out c --force
says stdout "lr                 0.001"
says stdout "momentum-low       0"
expect 0 "$cifar" $small --model cnn --overfit-one-batch --lr 0.05 --epochs 2 --out c --force
says stdout "one batch: learned by heart"

# ---- interrupted, and resumed to the same bits -----------------------------------------------------

stopped parted "$cifar" $small --epochs 8 --lr 0.1
[ "$(wc -l <parted/metrics.csv)" -lt 9 ] || fail "it was not interrupted"
wrong "the run that --resume goes on with has 4" --resume --width 8 --out parted
mkdir data2
"$build/tests/examples/make_cifar" data2 7
expect 3 "$cifar" --resume --data data2 --out parted
says stderr "not the images of the interrupted run"
expect 0 "$cifar" --resume --threads 1 --out parted
same "$first" "$(hash_of)" "SIGTERM and --resume"
cmp a/model.safetensors parted/model.safetensors
[ "$(wc -l <parted/metrics.csv)" = 9 ] || fail "metrics.csv lost lines"

# ---- predict, info -------------------------------------------------------------------------------

"$build/tests/examples/make_pictures" pictures
expect 0 "$cifar" predict 0 99 pictures/red/00.bmp --out a
says stdout "test image 0, labelled "
says stdout "test image 99, labelled "
says stdout "pictures/red/00.bmp"
[ "$(grep -c '%' stdout)" = 15 ] || fail "not the five likeliest classes of three images"
expect 2 "$cifar" predict 100 --out a
expect 3 "$cifar" predict a/run.json --out a
expect 4 "$cifar" predict nowhere.png --out a
expect 0 "$cifar" info a/model.safetensors
says stdout "1.layer3.2.conv2.weight"

# ---- bad data ------------------------------------------------------------------------------------

# bad CODE TEXT: training on ./bad must end so.
bad()
{
    expect "$1" "$cifar" --data bad --width 4 --out bad-run
    says stderr "$2"
    [ ! -e bad-run ] || fail "bad data left a folder behind"
    rm -rf bad
    cp -R data bad
}
cp -R data bad
rm bad/data_batch_3.bin
bad 4 "data_batch_3"
head -c 3073 data/test_batch.bin >bad/test_batch.bin
head -c 100 data/test_batch.bin >>bad/test_batch.bin
bad 3 "test_batch.bin"
{ printf '\013'; tail -c +2 data/data_batch_1.bin; } >bad/data_batch_1.bin
bad 3 "11"
: >bad/data_batch_2.bin
bad 3 "data_batch_2"
rm -rf bad
expect 4 "$cifar" --data nowhere
expect 4 "$cifar" --set cifar100 --data data
expect 4 env -u HOME DL_DATA_DIR=/nonexistent "$cifar"
says stderr "cifar-10-binary.tar.gz"
says stderr "/nonexistent"
mkdir foreign
echo mine >foreign/model.safetensors
expect 4 "$cifar" $small --out foreign --force
[ "$(cat foreign/model.safetensors)" = mine ] || fail "a file of others was touched"
expect 6 "$cifar" $small --lr 1e30 --epochs 2 --out diverged

# ---- real data -----------------------------------------------------------------------------------

source=$(cd "$tests/../.." && pwd)
for real in ${user_data:+"$user_data"/cifar-10-batches-bin "$user_data"/cifar10} "$source/data/cifar10" \
    "$source/data/cifar-10-batches-bin"; do
    [ -e "$real/data_batch_1.bin" ] || continue
    expect 0 "$cifar" --data "$real" --width 4 --limit-train 512 --epochs 1 --dry-run
    says stdout "data: CIFAR-10 in $real: 512 images to train, 10000 to test"
    expect 0 "$cifar" predict 0 --data "$real" --out a
    says stdout "test image 0, labelled "
    echo "cifar: trains, resumes, predicts; real data too"
    exit 0
done
echo "skipped: the part with real data, CIFAR-10 is not here"
echo "cifar: trains, resumes, predicts"
