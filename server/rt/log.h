/* Log lines on stderr: time, level, subject, message, key=value details. Never log tokens,
 * passwords or message bodies. Lines that a peer can cause (log_peer) are limited to
 * LOG_PEER_LINES_PER_S a subject; what was left out is counted.
 * Thread: any.
 */
#pragma once

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_subject { L_MAIN, L_HTTP, L_WS, L_EIO, L_SIO, L_CHAT, L_STORE, L_API, L_SUBJECTS_N };

#define LOG_PEER_LINES_PER_S 20

/* LOG_INFO until set. */
void log_set_level(enum log_level most_detailed);
/* message is a short fixed text; format adds details as key=value; control characters are replaced.
 * */
void log_line(enum log_level level, enum log_subject subject, const char *message,
              const char *format, ...) __attribute__((format(printf, 4, 5)));
void log_peer(enum log_level level, enum log_subject subject, const char *message,
              const char *format, ...) __attribute__((format(printf, 4, 5)));
