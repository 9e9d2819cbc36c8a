/* Checks inside sio_decode. Private to shared/proto/sio*.c. */
#pragma once

#include "slice.h"
#include <stdbool.h>
#include <stdint.h>

/* True when every object of the checked elements with "_placeholder":true has for "num" an integer
 * below attachments_n. What lies within a good placeholder is not looked at, as nobody will. */
bool sio_placeholders_valid(struct slice checked_elements, uint8_t attachments_n);

/* sio_event_reserved for a raw JSON string. */
bool sio_event_reserved_raw(struct slice raw_string);
