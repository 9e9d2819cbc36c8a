/* The client driver in a page: the library over the browser's own WebSocket and fetch. */
#include "client_driver.h"

#include "check.h"
#include "mem.h"

#include <emscripten.h>

/* lib_client_page.js */
extern void client_page_out(const char *line, int bytes);

void driver_out(struct slice line)
{
    client_page_out(line.p, (int)line.n);
}

/* One line from the test, in memory of malloc, which is freed here. */
EMSCRIPTEN_KEEPALIVE void client_page_line(char *line, int bytes);
void client_page_line(char *line, int bytes)
{
    driver_line((struct slice){line, (size_t)bytes});
    mem_free(line);
}

/* Everything is freed; what mallinfo would still count is the page's. */
EMSCRIPTEN_KEEPALIVE void client_page_end(void);
void client_page_end(void)
{
    driver_end();
}

int main(void)
{
    return 0;
}
