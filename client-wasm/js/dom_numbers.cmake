# Turn ui/dom_ops.def into a JavaScript library file that defines, while the build runs, OP_TEXT and its like, and the
# lists DOM_NODES, DOM_ATTRS, ... (place = number). Nothing of it reaches the page but the values that are used.
#   cmake -DIN=dom_ops.def -DOUT=dom_numbers.js -P dom_numbers.cmake
file(STRINGS "${IN}" rows REGEX "^DOM_[A-Z]+\\(")
set(text "// Made from dom_ops.def by dom_numbers.cmake.\n")
foreach(list OPS ATTRS SLOTS NODES TEMPLATES FORMS FIELDS EVENTS ACTS KEYS FLAGS)
    string(APPEND text "globalThis.DOM_${list} = [];\n")
endforeach()
foreach(row IN LISTS rows)
    if(NOT row MATCHES "^DOM_([A-Z]+)\\(([A-Z_0-9]+), ([0-9]+)(, \"([^\"]*)\")?\\)")
        message(FATAL_ERROR "${IN}: cannot read: ${row}")
    endif()
    set(kind ${CMAKE_MATCH_1})
    set(list "${kind}S")
    string(APPEND text "globalThis.${kind}_${CMAKE_MATCH_2} = ${CMAKE_MATCH_3};\n")
    if(NOT CMAKE_MATCH_2 STREQUAL "FIRST_FREE")
        string(APPEND text "DOM_${list}[${CMAKE_MATCH_3}] = \"${CMAKE_MATCH_5}\";\n")
    endif()
endforeach()
# How many words of an operation follow its handle and slot: a string takes two.
string(APPEND text "globalThis.DOM_OPS_WORDS = DOM_OPS.map(args => Array.from(args).slice(2).reduce((n, arg) => n + (arg === '$' ? 2 : 1), 0));\n")
file(WRITE "${OUT}" "${text}")
