# What the library is made with. Nothing is downloaded; what is missing is named, all at once.

set(missing "")
set(packages "")
macro(dl_need found what package)
    if(NOT ${found})
        list(APPEND missing "${what}")
        list(APPEND packages ${package})
    endif()
endmacro()

find_package(ZLIB QUIET)
find_path(JANSSON_INCLUDE_DIR jansson.h)
find_library(JANSSON_LIBRARY jansson)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h)
find_path(STB_INCLUDE_DIR stb/stb_image.h)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
mark_as_advanced(JANSSON_INCLUDE_DIR JANSSON_LIBRARY RANDOM123_INCLUDE_DIR STB_INCLUDE_DIR)

set(jansson_found OFF)
if(JANSSON_INCLUDE_DIR AND JANSSON_LIBRARY)
    set(jansson_found ON)
endif()
dl_need(ZLIB_FOUND "zlib" zlib1g-dev)
dl_need(jansson_found "jansson" libjansson-dev)
dl_need(RANDOM123_INCLUDE_DIR "Random123" librandom123-dev)
dl_need(STB_INCLUDE_DIR "stb_image" libstb-dev)

set(DL_BLAS dlopen CACHE STRING "OpenBLAS: dlopen (opened at first use), link, or none")
set_property(CACHE DL_BLAS PROPERTY STRINGS dlopen link none)
if(NOT DL_BLAS MATCHES "^(dlopen|link|none)$")
    message(FATAL_ERROR "DL_BLAS is \"${DL_BLAS}\"; choose dlopen, link or none")
endif()
if(DL_BLAS STREQUAL "link")
    find_library(OPENBLAS_LIBRARY openblas PATH_SUFFIXES openblas-pthread openblas-serial)
    mark_as_advanced(OPENBLAS_LIBRARY)
    dl_need(OPENBLAS_LIBRARY "OpenBLAS" libopenblas-dev)
endif()

if(missing)
    list(JOIN missing ", " missing)
    list(JOIN packages " " packages)
    message(FATAL_ERROR "deeplearn: not found: ${missing}. On Debian or Ubuntu: "
        "sudo apt-get install ${packages}")
endif()

# Tables of functions need a relocation for each entry; packed they take a bit in place of 24 bytes.
# glibc reads that from 2.36 on.
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_LINK_OPTIONS LINKER:-z,pack-relative-relocs LINKER:--fatal-warnings)
check_c_source_compiles("#include <features.h>
#if !defined(__GLIBC__) || !__GLIBC_PREREQ(2, 36)
#error older
#endif
int main(void) { return 0; }" DL_PACKS_RELOCATIONS)
unset(CMAKE_REQUIRED_LINK_OPTIONS)
