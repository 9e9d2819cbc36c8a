/* The tests that every codec with golden vectors gets. */
#pragma once

/* Fails the cmocka test unless every case of tests/vectors/<codec>.txt has its outcome, with the
 * input ending at a guard page. */
void vectors_check(const char *codec);
/* And with the first, second, third ... allocation failing, alone and for good: the outcome is the
 * same or "err out of memory". Leaks are the sanitizer's to find. */
void vectors_check_without_memory(const char *codec);
