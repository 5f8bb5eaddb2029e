#!/bin/sh
# test_custom_op.sh BUILD SCRATCH: the operation and layer of examples/custom_op.c pass their own checks,
# and train to the same numbers every time.
set -eu
program=$(cd "$1" && pwd)/examples/custom_op
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
run()
{
    "$program" >"$1" 2>"$1.err" || {
        cat "$1" "$1.err"
        echo "custom_op ends with an error"
        exit 1
    }
}
run first
run second
if [ -s first.err ]; then
    cat first.err
    echo "custom_op says something on standard error"
    exit 1
fi
for line in 'gradients agree with differences: yes' 'saved, opened, the same: yes'; do
    if ! grep -q -x "$line" first; then
        cat first
        echo "custom_op does not say: $line"
        exit 1
    fi
done
if ! cmp first second; then
    echo "custom_op says something else the second time"
    exit 1
fi
# A folder where the net cannot be saved: the error is told, the exit status is not 0.
mkdir taken
mkdir taken/custom_op.safetensors
if (cd taken && "$program" >out 2>err); then
    echo "custom_op could not save, and ends with 0"
    exit 1
fi
grep -q '^custom_op: .*custom_op.safetensors' taken/err
