/* tincan: the native build of the client. */
#include "host_native.h"
#include "term_options.h"
#include "term_send.h"
#include "term_tail.h"

#include <signal.h>

int main(int argc, char **argv)
{
    struct term_options options;
    int exit_code;
    (void)signal(SIGPIPE, SIG_IGN); /* a reader that went away is told by the write */
    if (!term_options_parse(argc, argv, &options, &exit_code)) {
        return exit_code;
    }
    switch (options.command) {
    case TERM_SEND:
        exit_code = term_send(&options);
        break;
    case TERM_TAIL:
        exit_code = term_tail(&options);
        break;
    }
    host_native_fini();
    return exit_code;
}
