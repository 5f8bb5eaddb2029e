# How everything in this tree is compiled. dl_compile(target) applies it to one target, so a
# project that takes the library in with add_subdirectory keeps its own flags.

set(DL_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes)

# What the promise of the same bits rests on: no fusing of a * b + c behind our back. errno and
# traps of floating point are not used, and without them sqrt and rint are single instructions.
set(DL_ARITHMETIC -ffp-contract=off -fno-math-errno -fno-trapping-math)

set(DL_SANITIZE "" CACHE STRING "address, undefined, address,undefined, thread or memory")
option(DL_COVERAGE "Count executed lines for gcovr" OFF)
option(DL_FUZZ "Build the libFuzzer programs of tests/fuzz (clang)" OFF)

# -O2 with the vectoriser of -O3 (clang's -O2 has it). The rest of -O3, copies of loops and of
# functions, makes the library a quarter larger, and only the few files faster that CMakeLists.txt
# names.
set(DL_SPEED $<$<CONFIG:Release>:-O2>
    $<$<C_COMPILER_ID:GNU>:-ftree-vectorize> $<$<C_COMPILER_ID:GNU>:-fvect-cost-model=dynamic>)

set(DL_INSTRUMENT "")
if(DL_SANITIZE)
    foreach(kind IN ITEMS ${DL_SANITIZE})
        string(REPLACE "," ";" kinds "${kind}")
        foreach(one IN LISTS kinds)
            if(NOT one MATCHES "^(address|undefined|thread|memory|leak)$")
                message(FATAL_ERROR "DL_SANITIZE: no sanitizer is called \"${one}\"; "
                    "choose address, undefined, address,undefined, thread or memory")
            endif()
        endforeach()
    endforeach()
    string(REPLACE ";" "," sanitizers "${DL_SANITIZE}")
    list(APPEND DL_INSTRUMENT -fsanitize=${sanitizers} -fno-sanitize-recover=all
        -fno-omit-frame-pointer -g)
endif()
if(DL_COVERAGE)
    list(APPEND DL_INSTRUMENT --coverage)
endif()
if(DL_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "DL_FUZZ needs clang (Debian: clang, libclang-rt-dev): "
            "cmake -DCMAKE_C_COMPILER=clang")
    endif()
    set(DL_FUZZ_COVERAGE -fsanitize=fuzzer-no-link)
endif()

function(dl_compile target)
    set_target_properties(${target} PROPERTIES
        C_STANDARD 11 C_EXTENSIONS ON C_VISIBILITY_PRESET hidden)
    target_compile_options(${target} PRIVATE
        ${DL_WARNINGS} ${DL_ARITHMETIC} ${DL_SPEED} ${DL_INSTRUMENT} ${DL_FUZZ_COVERAGE}
        $<$<BOOL:${DL_WERROR}>:-Werror>)
    # Kernels are too slow to be useful without optimisation, whatever the host project forgot to
    # say; a debug build and an explicit -O still win.
    if(DL_INSTRUMENT OR DL_FUZZ)
        target_compile_options(${target} PRIVATE -O2)
    elseif(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
        target_compile_options(${target} PRIVATE -O2)
    endif()
    target_link_options(${target} PRIVATE ${DL_INSTRUMENT})
endfunction()
