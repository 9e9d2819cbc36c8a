# How every target of the project is compiled. One static library per folder: its headers are included bare, and
# it is linked only to what is below it, so that an upward include does not compile.

add_library(tincan_options INTERFACE)
target_compile_definitions(tincan_options INTERFACE _GNU_SOURCE TINCAN_VERSION="${PROJECT_VERSION}")
target_compile_options(tincan_options INTERFACE
    -Wall -Wextra -Werror -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
    -Wwrite-strings -Wformat=2 -Wundef -fno-common
    "SHELL:-include \"${CMAKE_CURRENT_LIST_DIR}/../base/banned.h\"")
if(TINCAN_SANITIZE)
    add_compile_options(-fsanitize=${TINCAN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${TINCAN_SANITIZE})
    add_compile_options($<$<CONFIG:Debug>:-O1>) # half the time of a run, for little of the build's
    add_compile_options(-g1) # a report needs lines; variables are in the dev build
    # The sanitizers' own code makes gcc see uses of what was not set; the release build judges that.
    add_compile_options($<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
# Each of some two hundred tests is a program: where there is gold, it links them in a quarter of the time.
find_program(TINCAN_GOLD ld.gold)
if(TINCAN_TESTS AND TINCAN_GOLD)
    add_link_options(-fuse-ld=gold)
endif()
if(TINCAN_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_compile_options($<$<CONFIG:Release>:-fstack-protector-strong>)

# tincan_library(NAME SOURCES a.c b.c LINK lower_library ...)
function(tincan_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
    add_library(${name} STATIC ${arg_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${arg_LINK} PRIVATE tincan_options)
endfunction()

# tincan_program(NAME SOURCES a.c LINK library ...): a program in build/<preset>/bin
function(tincan_program name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_LINK} tincan_options)
endfunction()
