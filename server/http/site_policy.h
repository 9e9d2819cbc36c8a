/* The Content-Security-Policy of a page: everything from its own origin only, and of what is written into the page itself exactly the
 * style sheets and scripts that were there when the site was read, each by its hash (CSP Level 3, section 2.3.1).
 */
#pragma once

#include "check.h"
#include "err.h"
#include "slice.h"

#define SITE_POLICY_BYTES 1024
#define SITE_POLICY_INLINE_N                                                                       \
    4 /* style sheets in a page, and as many scripts; what is more is not let run */

/* Write the policy of this HTML, or of anything else when html is empty, with its NUL. Only elements without attributes
 * (<style>, <script>) are let in. Thread: any. */
void site_policy_write(struct slice html, char out[SITE_POLICY_BYTES]);
