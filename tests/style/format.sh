#!/bin/sh
# Sources look as .clang-format says. The output of clang-format differs between its versions; 14
# (Debian 12) is the one that counts.
set -eu
cd "${1:-$(dirname "$0")/../..}"
tool=$(command -v clang-format-14 || command -v clang-format)
find include src tests examples -name '*.[ch]' | sort | xargs "$tool" --dry-run -Werror
