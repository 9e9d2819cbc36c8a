# Sources that are compiled into our programs but kept out of our repository. They come, patched, from the Debian
# archive this machine already uses (fetch_debian_source.sh), once, and are shared by all presets.
#   -DCIVETWEB_SOURCE_DIR=DIR and -DCJSON_SOURCE_DIR=DIR use an unpacked tree instead.

function(tincan_fetch_source variable package dest)
    if(${variable})
        return()
    endif()
    set(dir "${TINCAN_THIRD_PARTY_DIR}/${dest}")
    if(NOT EXISTS "${dir}")
        message(STATUS "Fetching ${dest} into ${dir}")
        execute_process(COMMAND "${CMAKE_SOURCE_DIR}/shared/setup/fetch_debian_source.sh"
            "${package}" "${dir}" ${ARGN} RESULT_VARIABLE failed)
        if(failed)
            set(dir "")
        endif()
    endif()
    set(${variable} "${dir}" PARENT_SCOPE)
endfunction()

# cJSON: the stable suite's package carries Debian's security fixes.
tincan_fetch_source(CJSON_SOURCE_DIR cjson cjson)
if(NOT CJSON_SOURCE_DIR)
    message(FATAL_ERROR "cJSON's source could not be fetched through apt; "
        "unpack it and pass -DCJSON_SOURCE_DIR=DIR")
endif()

if(TINCAN_NATIVE)
    # CivetWeb 1.16 with every reachable security fix, upstream part pinned; else this release's own 1.15.
    set(civetweb_orig 41dbfd68cd3b914ce440a5813f21058813b61a972600cc04fb8233a0d2d04fe4)
    tincan_fetch_source(CIVETWEB_SOURCE_DIR civetweb=${civetweb_orig} civetweb sid trixie)
    if(NOT CIVETWEB_SOURCE_DIR)
        message(WARNING "CivetWeb 1.16 is not to be had from Debian sid or trixie; using this release's version")
        tincan_fetch_source(CIVETWEB_SOURCE_DIR civetweb civetweb)
    endif()
    if(NOT CIVETWEB_SOURCE_DIR)
        message(FATAL_ERROR "CivetWeb's source could not be fetched through apt; "
            "unpack it and pass -DCIVETWEB_SOURCE_DIR=DIR")
    endif()
endif()
