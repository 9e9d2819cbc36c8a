/* See tui_tty.h. */
#include "tui_tty.h"

#include "tui_title.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* The other screen, bracketed paste, reports of the focus, no wrapping at the edge. */
#define ENTER "\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?7l\x1b[?25h"
#define LEAVE "\x1b[0m\x1b[?1004l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"

static const int CRASHES[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
#define CRASHES_N (sizeof CRASHES / sizeof *CRASHES)

static struct termios saved;
static int saved_flags; /* of the terminal, which the shell shares */
static struct sigaction before[CRASHES_N];
static volatile sig_atomic_t is_open;
static bool titled; /* the terminal's title is ours meanwhile */

bool tui_tty_usable(void)
{
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        fputs("tincan: tui needs a terminal; use tail and send\n", stderr);
        return false;
    }
    if (!term || !*term || strcmp(term, "dumb") == 0) {
        fputs("tincan: this terminal cannot move its cursor; use tail and send\n", stderr);
        return false;
    }
    titled = tui_title_known(slice_str(term), getenv("TMUX") != NULL);
    saved_flags = fcntl(STDIN_FILENO, F_GETFL);
    return true;
}

/* Only what may be done within a signal. */
void tui_tty_close(void)
{
    if (!is_open)
        return;
    is_open = 0;
    ssize_t n = write(STDOUT_FILENO, LEAVE, sizeof LEAVE - 1);
    if (titled)
        n = write(STDOUT_FILENO, TUI_TITLE_POP, sizeof TUI_TITLE_POP - 1);
    (void)n;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
    if (saved_flags >= 0)
        (void)fcntl(STDIN_FILENO, F_SETFL, saved_flags);
}

static void on_crash(int number)
{
    tui_tty_close();
    for (size_t i = 0; i < CRASHES_N; i++) {
        if (CRASHES[i] == number)
            sigaction(number, &before[i], NULL);
    }
    raise(number);
}

static bool enter(void)
{
    struct termios raw;
    bool again = is_open; /* stopped without us: the title is remembered already */
    if (!again && tcgetattr(STDIN_FILENO, &saved) != 0)
        return false;
    raw = saved;
    cfmakeraw(&raw);
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0)
        return false;
    is_open = 1;
    (void)fcntl(STDIN_FILENO, F_SETFL, saved_flags | O_NONBLOCK);
    return tui_tty_write(SL(ENTER)) && (again || !titled || tui_tty_write(SL(TUI_TITLE_PUSH)));
}

bool tui_tty_titled(void)
{
    return titled;
}

bool tui_tty_open(void)
{
    struct sigaction action = {.sa_handler = on_crash};
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)(SA_NODEFER | SA_RESETHAND);
    if (!enter())
        return false;
    for (size_t i = 0; i < CRASHES_N; i++)
        sigaction(CRASHES[i], &action, &before[i]);
    return atexit(tui_tty_close) == 0;
}

void tui_tty_suspend(void)
{
    struct sigaction stops = {.sa_handler = SIG_DFL}, ours;
    tui_tty_close();
    sigaction(SIGTSTP, &stops, &ours);
    raise(SIGTSTP); /* not SIGSTOP: where no shell waits, this does nothing */
    sigaction(SIGTSTP, &ours, NULL);
}

bool tui_tty_resume(void)
{
    return enter();
}

void tui_tty_size(uint32_t *width, uint32_t *height)
{
    struct winsize size = {0};
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    *width = known ? size.ws_col : 80;
    *height = known ? size.ws_row : 24;
}

bool tui_tty_write(struct slice bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes.p, bytes.n);
        if (n < 0 && errno == EAGAIN) {
            struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
            (void)poll(&out, 1, 1000);
        } else if (n < 0 && errno != EINTR) {
            return false;
        } else if (n > 0) {
            bytes = slice_from(bytes, (size_t)n);
        }
    }
    return true;
}
