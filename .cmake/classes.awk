# Prints the C source of the table of the library's module classes, from the files that define them:
# every "const dl_module_class dl__class_NAME" at the beginning of a line, and every
# "DL__LAYER_OF...(NAME" and "DL__LAYER_WITH_CONFIG(NAME" (layers/activation.h). So a new layer needs
# no list but its own file.

/^const dl_module_class dl__class_[a-z0-9_]+/ {
    match($0, /dl__class_[a-z0-9_]+/)
    name[++n] = substr($0, RSTART, RLENGTH)
}

/^DL__LAYER_(OF[A-Z_]*|WITH_CONFIG)\([a-z0-9_]+/ {
    match($0, /\([a-z0-9_]+/)
    name[++n] = "dl__class_" substr($0, RSTART + 1, RLENGTH - 1)
}

END {
    print "/* Made by .cmake/classes.awk. */"
    print "#include \"module/module.h\"\n"
    for (i = 1; i <= n; i++)
        print "extern const dl_module_class " name[i] ";"
    print "\nconst dl_module_class *const dl__classes[] = {"
    for (i = 1; i <= n; i++)
        print "    &" name[i] ","
    print "    NULL,\n};"
}
