#!/bin/sh
# Every text file: no tab (where the language does not want one), no blank at the end of a line, no
# carriage return, a newline at the end, no path of the machine it was written on. Sources: at most
# 600 lines, at most 100 columns.
set -eu
cd "${1:-$(dirname "$0")/../..}"

find CMakeLists.txt README.md .cmake .ci include src tests examples docs -type f 2>/dev/null |
    grep -E '\.(c|h|inc|md|sh|awk|py|cmake|txt|in|cpp|yml)$|/run$' | grep -v -E '/(corpus|golden)/' |
    sort | xargs awk '
FNR == 1 && NR != 1 {
    check_length()
}
{
    file = FILENAME
    lines = FNR
}
/[ \t\r]$/ {
    complain("blank or carriage return at the end of the line")
}
/\t/ && FILENAME !~ /\.(awk|md|txt)$/ {
    complain("tab")
}
length($0) > 100 && FILENAME ~ /\.(c|h|inc)$/ {
    complain("longer than 100 columns")
}
/(^|[^A-Za-z0-9_.])\/(home|root|work|Users|tmp\/wt)\// {
    complain("path of a machine")
}
function complain(what)
{
    print FILENAME ":" FNR ": " what
    bad = 1
}
function check_length()
{
    if (lines > 600 && file !~ /\.md$/) {
        print file ": " lines " lines, at most 600 are allowed"
        bad = 1
    }
}
END {
    check_length()
    exit bad
}
'
# The last line ends with a newline.
status=0
for file in $(find include src tests examples docs .ci .cmake -type f \
    \( -name '*.[ch]' -o -name '*.md' -o -name '*.sh' -o -name '*.awk' -o -name '*.cmake' \)); do
    if [ -s "$file" ] && [ "$(tail -c 1 "$file" | wc -l)" = 0 ]; then
        echo "$file: no newline at the end"
        status=1
    fi
done
exit $status
