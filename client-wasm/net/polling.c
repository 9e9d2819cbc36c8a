/* The client's side of Engine.IO long-polling: one GET, one POST. */
#include "polling.h"

#include "check.h"
#include "host.h"

void polling_init(struct polling *p, const struct host *host, const struct polling_events *events)
{
    *p = (struct polling){.host = host, .events = *events};
}

void polling_stop(struct polling *p)
{
    if (p->get) {
        p->host->transport->http_abort(p->get);
    }
    if (p->post) {
        p->host->transport->http_abort(p->post);
    }
    p->get = NULL;
    p->post = NULL;
}

bool polling_quiet(const struct polling *p)
{
    return !p->get && !p->post;
}

static void failed(struct polling *p, unsigned status)
{
    polling_stop(p);
    p->events.on_error(p->events.user, status);
}

static void get_done(void *user, unsigned status, struct slice body)
{
    struct polling *p = user;
    p->get = NULL;
    if (status != 200) {
        failed(p, status);
        return;
    }
    p->events.on_body(p->events.user, body);
}

static void post_done(void *user, unsigned status, struct slice body)
{
    struct polling *p = user;
    (void)body;
    p->post = NULL;
    if (status != 200) {
        failed(p, status);
        return;
    }
    p->events.on_posted(p->events.user);
}

enum err polling_get(struct polling *p, struct slice url)
{
    if (p->get) {
        return ERR_OK;
    }
    struct http_request request = {.with_credentials = p->with_credentials, .url = url};
    p->get = p->host->transport->http_start(&request, get_done, p);
    return p->get ? ERR_OK : ERR_IO;
}

enum err polling_post(struct polling *p, struct slice url, struct slice body)
{
    CHECK(!p->post);
    struct http_request request = {
        .post = true, .with_credentials = p->with_credentials, .url = url, .body = body};
    p->post = p->host->transport->http_start(&request, post_done, p);
    return p->post ? ERR_OK : ERR_IO;
}
