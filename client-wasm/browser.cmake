# The browser client: app.js and app.wasm, from the same sources as the native programs plus main_browser.c.
# Ends in the target tincan_wasm; public/CMakeLists.txt makes the site out of it. Debian's emcc 3.1.6 and terser.

find_program(TINCAN_EMCC emcc)
find_program(TINCAN_TERSER terser)
if(NOT TINCAN_EMCC OR NOT TINCAN_TERSER)
    message(FATAL_ERROR "The browser client needs the Debian packages emscripten and terser; "
        "install them or pass -DTINCAN_WASM=OFF")
endif()

set(wasm_out "${CMAKE_CURRENT_BINARY_DIR}/wasm")
file(MAKE_DIRECTORY "${wasm_out}")

# Every source of the folders that run in the page, except what is native, needs cJSON's tree, or is the terminal's.
file(GLOB wasm_sources CONFIGURE_DEPENDS
    "${CMAKE_SOURCE_DIR}/shared/base/*.c" "${CMAKE_SOURCE_DIR}/shared/proto/*.c"
    "${CMAKE_CURRENT_SOURCE_DIR}/net/*.c" "${CMAKE_CURRENT_SOURCE_DIR}/chat/*.c" "${CMAKE_CURRENT_SOURCE_DIR}/app/*.c"
    "${CMAKE_CURRENT_SOURCE_DIR}/ui/*.c" "${CMAKE_CURRENT_SOURCE_DIR}/carry/*.c" "${CMAKE_CURRENT_SOURCE_DIR}/view/*.c" "${CMAKE_CURRENT_SOURCE_DIR}/page/*.c")
list(FILTER wasm_sources EXCLUDE REGEX "(_native[a-z_]*|/json_tree|/ws|/console[a-z_]*)\\.c$")
list(APPEND wasm_sources "${CMAKE_CURRENT_SOURCE_DIR}/main_browser.c")
file(GLOB wasm_headers CONFIGURE_DEPENDS
    "${CMAKE_SOURCE_DIR}/shared/base/*.[hd]*" "${CMAKE_SOURCE_DIR}/shared/proto/*.[hd]*"
    "${CMAKE_CURRENT_SOURCE_DIR}/*/*.h" "${CMAKE_CURRENT_SOURCE_DIR}/ui/*.def")
set(wasm_js "${CMAKE_CURRENT_SOURCE_DIR}/js")
file(GLOB wasm_libraries CONFIGURE_DEPENDS "${wasm_js}/lib_*.js")

# The numbers of ui/dom_ops.def, for the libraries' {{{ NAME }}}.
set(wasm_numbers "${wasm_out}/dom_numbers.js")
add_custom_command(OUTPUT "${wasm_numbers}"
    COMMAND "${CMAKE_COMMAND}" -DIN=${CMAKE_CURRENT_SOURCE_DIR}/ui/dom_ops.def -DOUT=${wasm_numbers}
        -P "${wasm_js}/dom_numbers.cmake"
    DEPENDS ui/dom_ops.def js/dom_numbers.cmake VERBATIM
    COMMENT "Reading dom_ops.def for the page")

set(wasm_flags -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wvla -Wstrict-prototypes
    -Wno-include-next-absolute-path)
set(wasm_link -sSTRICT=1 -sENVIRONMENT=web -sFILESYSTEM=0 -sMALLOC=emmalloc -sALLOW_MEMORY_GROWTH=1
    -sINITIAL_MEMORY=2MB -sTOTAL_STACK=256KB -sDYNAMIC_EXECUTION=0 -sMINIMAL_RUNTIME=1
    -sMINIMAL_RUNTIME_STREAMING_WASM_INSTANTIATION=1
    -sEXPORTED_FUNCTIONS=_main,_malloc,_free,_ui_event,_ui_scratch -lwebsocket.js)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    list(APPEND wasm_flags -O1 -g)
    list(APPEND wasm_link -sASSERTIONS=2 -sSTACK_OVERFLOW_CHECK=2)
else()
    list(APPEND wasm_flags -Oz -flto -DNDEBUG)
endif()
set(wasm_includes)
foreach(folder shared/base shared/proto client-wasm/net client-wasm/chat client-wasm/app client-wasm/ui client-wasm/carry client-wasm/view client-wasm/page client-wasm/js)
    list(APPEND wasm_includes "-I${CMAKE_SOURCE_DIR}/${folder}")
endforeach()
set(wasm_js_library_flags)
foreach(library "${wasm_numbers}" ${wasm_libraries})
    list(APPEND wasm_js_library_flags --js-library "${library}")
endforeach()

# Debian's emcc looks for its JavaScript parts where node does not, unless told.
add_custom_command(OUTPUT "${wasm_out}/app.js" "${wasm_out}/app.wasm"
    COMMAND "${CMAKE_COMMAND}" -E env NODE_PATH=/usr/share/nodejs "${TINCAN_EMCC}" ${wasm_flags} ${wasm_includes}
        ${wasm_sources} ${wasm_js_library_flags} ${wasm_link}
        --extern-pre-js "${wasm_js}/pre.js" --extern-post-js "${wasm_js}/post.js" -o app.js
    DEPENDS ${wasm_sources} ${wasm_headers} ${wasm_libraries} "${wasm_numbers}" js/pre.js js/post.js
    WORKING_DIRECTORY "${wasm_out}" VERBATIM COMMAND_EXPAND_LISTS
    COMMENT "Compiling the browser client with emcc")

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    set(wasm_minify "${CMAKE_COMMAND}" -E copy app.js app.min.js)
else()
    set(wasm_minify "${CMAKE_COMMAND}" -E env NODE_PATH=/usr/share/nodejs
        "${TINCAN_TERSER}" --toplevel -c passes=3 -m -o app.min.js -- app.js)
endif()
add_custom_command(OUTPUT "${wasm_out}/app.min.js"
    COMMAND ${wasm_minify}
    DEPENDS "${wasm_out}/app.js"
    WORKING_DIRECTORY "${wasm_out}" VERBATIM
    COMMENT "Minifying app.js")

add_custom_target(tincan_wasm DEPENDS "${wasm_out}/app.min.js" "${wasm_out}/app.wasm")
set_target_properties(tincan_wasm PROPERTIES
    TINCAN_JS "${wasm_out}/app.min.js" TINCAN_WASM_BINARY "${wasm_out}/app.wasm")
