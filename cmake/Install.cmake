# What `cmake --install` brings: programs, libraries, headers, and the files that make find_package(Daybook CONFIG) work.

include(CMakePackageConfigHelpers)

set(cmake_files ${CMAKE_INSTALL_LIBDIR}/cmake/Daybook)

install(TARGETS daybook daybook_domain daybook_persistence daybook_config daybook_actors EXPORT DaybookTargets)
if(programs)
  install(TARGETS ${programs})
endif()
install(DIRECTORY domain persistence actors config DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/daybook
        FILES_MATCHING PATTERN "*.hpp")
install(FILES config/daybook.conf DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT DaybookTargets NAMESPACE Daybook:: DESTINATION ${cmake_files})
configure_package_config_file(cmake/DaybookConfig.cmake.in ${PROJECT_BINARY_DIR}/DaybookConfig.cmake
                              INSTALL_DESTINATION ${cmake_files})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/DaybookConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/DaybookConfig.cmake ${PROJECT_BINARY_DIR}/DaybookConfigVersion.cmake
              cmake/FindCAF.cmake
        DESTINATION ${cmake_files})
