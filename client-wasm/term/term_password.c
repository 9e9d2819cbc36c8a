/* See term_password.h. */
#include "term_password.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define SIGNALS_N (sizeof SIGNALS / sizeof SIGNALS[0])

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* Wait for a byte, with those signals let in that are blocked otherwise: none can come between looking and waiting. */
static bool wait_for_byte(const sigset_t *let_in)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    return !let_in || (ppoll(&fd, 1, NULL, let_in) > 0 && !caught);
}

/* Byte by byte: what comes behind the line is not for us. Returns its length with its end, 0 when there is none, -1 when it is too long. */
static int read_line(const sigset_t *let_in, char out[TERM_PASSWORD_BYTES])
{
    int n = 0;
    while (n < TERM_PASSWORD_BYTES - 1) {
        if (!wait_for_byte(let_in)) {
            return 0;
        }
        ssize_t got = read(STDIN_FILENO, out + n, 1);
        if (got <= 0) {
            return got < 0 ? 0 : n;
        }
        if (out[n++] == '\n') {
            return n;
        }
    }
    return -1;
}

static int read_unseen(const char *prompt, char out[TERM_PASSWORD_BYTES])
{
    struct termios before, quiet;
    struct sigaction old[SIGNALS_N];
    sigset_t blocked, mask;
    const struct sigaction note = {.sa_handler = on_signal};
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return read_line(NULL, out);
    }
    caught = 0;
    sigemptyset(&blocked);
    for (size_t i = 0; i < SIGNALS_N; i++) {
        sigaddset(&blocked, SIGNALS[i]);
        sigaction(SIGNALS[i], &note, &old[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, &mask);
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    fputs(prompt, stderr);
    int n = read_line(&mask, out);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    for (size_t i = 0; i < SIGNALS_N; i++) {
        sigaction(SIGNALS[i], &old[i], NULL);
    }
    sigprocmask(SIG_SETMASK, &mask, NULL);
    if (caught) {
        (void)raise(caught);
    }
    return n;
}

static bool read_once(const char *prompt, char out[TERM_PASSWORD_BYTES])
{
    int n = isatty(STDIN_FILENO) ? read_unseen(prompt, out) : read_line(NULL, out);
    if (n > 0 && out[n - 1] == '\n') {
        n--;
    }
    if (n > 0 && out[n - 1] == '\r') {
        n--;
    }
    if (n < 0 || n > CHAT_PASSWORD_BYTES_MAX) {
        fprintf(stderr, "tincan: a password has at most %d bytes\n", CHAT_PASSWORD_BYTES_MAX);
        return false;
    }
    if (n == 0 || memchr(out, '\0', (size_t)n)) {
        fputs("tincan: no password was given\n", stderr);
        return false;
    }
    out[n] = '\0';
    return true;
}

bool term_password_read(bool is_new, char out[TERM_PASSWORD_BYTES])
{
    char again[TERM_PASSWORD_BYTES];
    if (!read_once("Password: ", out)) {
        return false;
    }
    if (!is_new || !isatty(STDIN_FILENO)) {
        return true;
    }
    bool same = read_once("Once more: ", again) && strcmp(out, again) == 0;
    explicit_bzero(again, sizeof again);
    if (!same) {
        fputs("tincan: those were not the same\n", stderr);
    }
    return same;
}
