# cmake --install, in three components: runtime (the library), devel (headers, link names, package
# files), doc. Nothing installed knows where it stands: the tree may be moved.
include(CMakePackageConfigHelpers)

set(dir "${CMAKE_INSTALL_LIBDIR}/deeplearn")

install(TARGETS deeplearn EXPORT deeplearn
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT devel)
install(FILES ${DL_HEADERS} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/dl" COMPONENT devel)

# The link name, in a folder of our own: see CMakeLists.txt.
file(RELATIVE_PATH real "/${dir}" "/${CMAKE_INSTALL_LIBDIR}/libdeeplearn.so.${DL_ABI}")
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/link")
file(CREATE_LINK "${real}" "${PROJECT_BINARY_DIR}/link/libdl.so" SYMBOLIC)
install(FILES "${PROJECT_BINARY_DIR}/link/libdl.so" DESTINATION "${dir}" COMPONENT devel)

# find_package(deeplearn CONFIG)
install(EXPORT deeplearn NAMESPACE deeplearn:: FILE deeplearn-targets.cmake
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/deeplearn" COMPONENT devel)
configure_package_config_file("${PROJECT_SOURCE_DIR}/.cmake/deeplearn-config.cmake.in"
    "${PROJECT_BINARY_DIR}/deeplearn-config.cmake"
    INSTALL_DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/deeplearn"
    NO_SET_AND_CHECK_MACRO)
# In 0.x the binary interface may change with the minor version.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/deeplearn-config-version.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/deeplearn-config.cmake"
    "${PROJECT_BINARY_DIR}/deeplearn-config-version.cmake"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/deeplearn" COMPONENT devel)

# pkg-config deeplearn, relative to where the .pc file lies
set(pc "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH up "/${pc}" "/")
string(REGEX REPLACE "/$" "" up "${up}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    message(FATAL_ERROR "CMAKE_INSTALL_LIBDIR and CMAKE_INSTALL_INCLUDEDIR must be relative to "
        "the prefix, so that the installed tree can be moved")
endif()
configure_file("${PROJECT_SOURCE_DIR}/.cmake/deeplearn.pc.in"
    "${PROJECT_BINARY_DIR}/deeplearn.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/deeplearn.pc" DESTINATION "${pc}" COMPONENT devel)

# As in the tree, so that links between the pages lead somewhere.
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/README.md"
    DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT doc)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT doc
    FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
install(FILES "${PROJECT_BINARY_DIR}/docs/reference.html" "${PROJECT_BINARY_DIR}/docs/api.json"
    DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT doc OPTIONAL)
