# Cuts the C and shell snippets out of Markdown pages: each becomes a file in the folder `out`, and
# one line on standard output: KIND FILE PAGE:LINE [ARGUMENT]. docs/testing.md states the rules:
#
#   ```c           compiled and run. With a main() it is a program as it stands. Else it is put into
#                  one: #include lines, functions, types and static tables move to the top of the
#                  file, and the rest becomes the body of main, between
#                      dl_ctx *ctx = dl_ctx_new(NULL);   and   dl_ctx_drop(ctx);
#                  The program fails when an error stands in ctx at the end.
#   ```c norun     compiled only.
#   ```c from=F    must stand in the file F of the tree, line for line (indentation may differ).
#   <!-- c: X -->  lines right above a fence: C that the snippet needs and the page need not show;
#                  put before the snippet, and moved about in the same way.
#   ```sh, ```console and others are not run.

function flush_part(i, m)
{
    # lines[] -> top (file scope) and body
    top = body = ""
    m = n_lines
    i = 1
    while (i <= m) {
        if (lines[i] ~ /^[ \t]*#[ \t]*(include|define)/) {
            top = top lines[i] "\n"
            while (lines[i] ~ /\\$/ && i < m)
                top = top lines[++i] "\n"
            i++
        } else if (lines[i] ~ /^(typedef|struct|enum|union)[ \t].*\{[^;]*$/ ||
                   lines[i] ~ /^static[ \t].*\{[^}]*$/) {
            i = move(i, m, "^[}].*;")
        } else if (lines[i] ~ /^(typedef|static)[ \t].*;/) {
            i = move(i, m, ";")
        } else if (defines(i, m)) {
            i = move(i, m, "^[}][ \t]*$")
        } else {
            body = body lines[i] "\n"
            i++
        }
    }
}

# Does a function definition begin at line i: lines at the left margin up to one that is "{" alone?
function defines(i, m, j)
{
    if (lines[i] !~ /^[A-Za-z_].*\(/ || lines[i] ~ /;[ \t]*(\/\*.*)?$/)
        return 0
    for (j = i + 1; j <= m && j < i + 6; j++) {
        if (lines[j] ~ /^\{[ \t]*$/)
            return 1
        if (lines[j] ~ /^$/ || lines[j] ~ /;[ \t]*$/)
            return 0
    }
    return 0
}

# Lines from i to the first that matches end go to the top of the file; returns the line after.
function move(i, m, end)
{
    while (i <= m) {
        top = top lines[i] "\n"
        if (lines[i++] ~ end)
            break
    }
    return i
}

function emit(i, whole, text, name)
{
    number++
    name = out "/snippet_" number ".c"
    if (argument ~ /^from=/) {
        text = ""
        for (i = 1 + n_hidden; i <= n_lines; i++)
            text = text lines[i] "\n"
        printf "%s", text > name
        close(name)
        print "from", name, place, substr(argument, 6)
        return
    }
    text = ""
    whole = 0
    for (i = 1; i <= n_lines; i++) {
        text = text lines[i] "\n"
        if (lines[i] ~ /^int main\(/)
            whole = 1
    }
    if (!whole) {
        flush_part()
        text = "#include \"dl/dl.h\"\n#include \"dl/ext.h\"\n#include <stdint.h>\n" \
            "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n" top \
            "int main(void)\n{\n    dl_ctx *ctx = dl_ctx_new(NULL);\n    {\n" body \
            "    }\n    int failed = dl_ctx_status(ctx) != DL_OK;\n    if (failed)\n" \
            "        fprintf(stderr, \"%s\\n\", dl_ctx_message(ctx));\n" \
            "    dl_ctx_drop(ctx);\n    return failed;\n}\n"
    }
    printf "%s", text > name
    close(name)
    print (argument == "norun" ? "compile" : "run"), name, place
}

FNR == 1 {
    fenced = n_lines = n_hidden = 0
}
!fenced && /^<!-- c: .* -->$/ {
    line = $0
    sub(/^<!-- c: /, "", line)
    sub(/ -->$/, "", line)
    lines[++n_lines] = line
    n_hidden = n_lines
    next
}
!fenced && /^```c([ \t].*)?$/ {
    fenced = 1
    place = FILENAME ":" FNR
    argument = $0
    sub(/^```c[ \t]*/, "", argument)
    next
}
!fenced && /^```./ {
    fenced = 2
    next
}
!fenced && /^```$/ {
    fenced = 2
    next
}
fenced && /^```[ \t]*$/ {
    if (fenced == 1)
        emit()
    fenced = n_lines = n_hidden = 0
    next
}
fenced == 1 {
    lines[++n_lines] = $0
    next
}
!fenced {
    n_lines = n_hidden = 0
}
END {
    if (fenced) {
        print FILENAME ": a ``` is not closed" > "/dev/stderr"
        exit 1
    }
}
