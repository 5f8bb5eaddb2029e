# An operation, layer, model or optimizer does not build without its test. A file is such a part when it
# carries the name of a public function: src/ops/relu.c is dl_relu, src/layers/dense.c is
# dl_layer_dense, src/optim/sgd.c is dl_optim_sgd. Other files of these folders are shared helpers.

function(dl_check_parts names)
    set(lacking "")
    foreach(rule IN ITEMS "ops|dl_" "layers|dl_layer_" "models|dl_model_" "optim|dl_optim_" "optim|dl_")
        string(REPLACE "|" ";" rule "${rule}")
        list(GET rule 0 folder)
        list(GET rule 1 prefix)
        file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${folder}/*.c")
        foreach(file IN LISTS files)
            get_filename_component(part "${file}" NAME_WE)
            set(test "tests/${folder}/test_${part}.c")
            if("${prefix}${part}" IN_LIST names AND NOT EXISTS "${PROJECT_SOURCE_DIR}/${test}")
                list(APPEND lacking "  src/${folder}/${part}.c wants ${test}")
            endif()
        endforeach()
    endforeach()
    if(lacking)
        list(JOIN lacking "\n" lacking)
        message(FATAL_ERROR "parts without a test:\n${lacking}")
    endif()
endfunction()
