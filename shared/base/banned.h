/* Functions that nobody may call: they do not know how much room there is, keep hidden state, or
 * cannot tell an error. Forced in front of every source of ours (setup/targets.cmake). The headers
 * that declare them come first, so that they, and every library's header behind them, still
 * compile; a call does not.
 * Instead: buf_put and buf_printf, slice_to_u64, slices, gmtime_r, one exit path.
 * A unit that includes another project's .c file is compiled with TINCAN_ALLOW_BANNED.
 */
#pragma once

#ifndef TINCAN_ALLOW_BANNED

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#define BANNED(function) function##_is_banned_see_banned_h

#undef strcpy
#define strcpy(...) BANNED(strcpy)
#undef strcat
#define strcat(...) BANNED(strcat)
#undef strncpy
#define strncpy(...) BANNED(strncpy)
#undef strncat
#define strncat(...) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef strtok
#define strtok(...) BANNED(strtok)
#undef gets
#define gets(...) BANNED(gets)
#undef atoi
#define atoi(...) BANNED(atoi)
#undef atol
#define atol(...) BANNED(atol)
#undef atoll
#define atoll(...) BANNED(atoll)
#undef strtol
#define strtol(...) BANNED(strtol)
#undef scanf
#define scanf(...) BANNED(scanf)
#undef fscanf
#define fscanf(...) BANNED(fscanf)
#undef sscanf
#define sscanf(...) BANNED(sscanf)
#undef vscanf
#define vscanf(...) BANNED(vscanf)
#undef vfscanf
#define vfscanf(...) BANNED(vfscanf)
#undef vsscanf
#define vsscanf(...) BANNED(vsscanf)
#undef gmtime
#define gmtime(...) BANNED(gmtime)
#undef localtime
#define localtime(...) BANNED(localtime)
#undef ctime
#define ctime(...) BANNED(ctime)
#undef asctime
#define asctime(...) BANNED(asctime)
#undef tmpnam
#define tmpnam(...) BANNED(tmpnam)
#undef mktemp
#define mktemp(...) BANNED(mktemp)
#undef alloca
#define alloca(...) BANNED(alloca)
#undef setjmp
#define setjmp(...) BANNED(setjmp)
#undef system
#define system(...) BANNED(system)

#endif
