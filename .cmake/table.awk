# Prints the C source of the tables of parts that files may name, from what nm says about the
# library's objects: every constant dl__class_NAME and dl__op_NAME. So a new layer or operation needs
# no list but its own file.

function table(name, type, prefix,    i) {
    for (i = 1; i <= n; i++)
        if (index(symbol[i], prefix) == 1)
            print "extern const " type " " symbol[i] ";"
    print "extern const void *const " name "[];"
    print "const void *const " name "[] = {"
    for (i = 1; i <= n; i++)
        if (index(symbol[i], prefix) == 1)
            print "    &" symbol[i] ","
    print "    NULL,\n};\n"
}

NF == 3 && $2 ~ /^[DR]$/ {
    symbol[++n] = $3
}

END {
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && symbol[j - 1] > symbol[j]; j--) {
            other = symbol[j]
            symbol[j] = symbol[j - 1]
            symbol[j - 1] = other
        }
    print "/* Made by .cmake/table.awk. */"
    print "#include \"dl/ext.h\"\n"
    table("dl__classes", "dl_module_class", "dl__class_")
    table("dl__operations", "dl_op", "dl__op_")
}
