/* Any file: it is refused as a backup, or it is a whole one. Where only the last line is missing, the right one is put there. */
#include "backup.h"

#include "buf.h"
#include <openssl/evp.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static enum err check(const char *p, size_t n, int64_t *rows_n)
{
    struct db_failure failure = {.err = ERR_OK};
    FILE *f = fmemopen((void *)(uintptr_t)p, n, "r");
    CHECK(f);
    enum err e = backup_check(f, rows_n, &failure);
    CHECK((e == ERR_OK) == (failure.text[0] == '\0'));
    fclose(f);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    unsigned char sum[32];
    unsigned sum_n;
    int64_t rows_n;
    struct buf whole = {.max = 4u << 20};
    if (n == 0 || n > 1u << 20 || check((const char *)data, n, &rows_n) == ERR_OK) {
        return 0;
    }
    CHECK(buf_put(&whole, (struct slice){(const char *)data, n}) == ERR_OK);
    if (data[n - 1] != '\n') {
        CHECK(buf_putc(&whole, '\n') == ERR_OK);
    }
    CHECK(EVP_Digest(whole.p, whole.n, sum, &sum_n, EVP_sha256(), NULL) == 1);
    CHECK(buf_printf(&whole, "{\"rows\":%lld,\"sha256\":\"", (long long)rows_n) == ERR_OK);
    for (size_t i = 0; i < sizeof sum; i++) {
        CHECK(buf_printf(&whole, "%02x", sum[i]) == ERR_OK);
    }
    CHECK(buf_printf(&whole, "\"}\n") == ERR_OK);
    (void)check(whole.p, whole.n, &rows_n);
    buf_fini(&whole);
    return 0;
}
