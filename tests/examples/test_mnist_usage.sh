#!/bin/sh
# Wrong usage is one line with the nearest option, exit code 2, and leaves nothing behind.
. "$(dirname "$0")/lib.sh"

# wrong TEXT ARGUMENT...: exit code 2 and one line with TEXT.
wrong()
{
    text=$1
    shift
    expect 2 "$mnist" "$@"
    one_line
    says stderr "$text"
    [ ! -s stdout ] || fail "usage went to stdout"
}

wrong "did you mean --epochs?" --epcohs 3
wrong "did you mean --epochs?" --epoch 3
wrong "did you mean --overfit-one-batch?" --overfit
wrong "there is no option --frobnicate; --help" --frobnicate
wrong "did you mean --lr?" -lr 1
wrong "there is no option -x" -x
wrong "there is no option ---lr" ---lr 1
wrong "--lr wants a value" --lr
wrong "--out wants a value" --out --force
wrong "--force takes no value" --force=1
wrong "--lr is there twice" --lr 1 --lr 1
for bad in abc 1e999 nan inf 0,1 '' ' 1' 1x 0x10 -1 1e-999 --epochs; do
    wrong "--lr is \"$bad\", it wants a number of at least 0" --lr "$bad"
done
for bad in 0 -1 1.5 99999999999999999999 1000001 ''; do
    wrong "--batch is \"$bad\", it wants an integer from 1 to 1000000" --batch "$bad"
done
wrong "it wants adam|sgd" --optimizer adagrad
wrong "it wants adam|sgd" --optimizer 'adam|sgd'
wrong "it wants adam|sgd" --optimizer ada
wrong "--out is \"\"" --out ''
wrong "did you mean predict?" predct 3
wrong "did you mean info?" inf x
wrong "there are predict and info" train
wrong "predict wants indices" predict
wrong "info wants one file" info
wrong "info wants one file" info a b
wrong "--lr is for training, not for predict" predict 1 --lr 2
wrong "--resume goes with neither" --resume --force
wrong "--patience wants validation images" --patience 3
wrong "--overfit-one-batch leaves no images" --overfit-one-batch --valid 0.1
wrong "longer than a path" --out "$(printf '%5000s' | tr ' ' x)"
# What could steer a terminal is printed as an escape.
wrong '\x1b[31mred\n' "--$(printf '\033[31mred\nline')"
[ ! -e mnist-run ] || fail "wrong usage left a folder behind"

for option in --help -h; do
    expect 0 env DL_DATA_DIR=/nonexistent "$mnist" $option
    says stdout "usage: mnist"
    says stdout "--overfit-one-batch"
    says stdout "(adam)"
    says stdout "exit codes:"
done
expect 0 "$mnist" --version
says stdout "mnist "
# After "--" nothing is an option.
expect 4 "$mnist" info -- --help
says stderr "--help"
echo "mnist: wrong usage is told"
