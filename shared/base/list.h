/* Doubly linked lists through what they hold. A list is its head, a struct list of its own; a link that is in no list is zeroed, or
 * points to itself.
 *
 *   for (struct list *l = head.next; l != &head; l = l->next) { CONTAINER_OF(l, struct thing, link) }
 */
#pragma once

#include "check.h"
#include <stdbool.h>

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *head)
{
    head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

/* Put a link that is in no list at the end. */
static inline void list_push(struct list *head, struct list *link)
{
    link->next = head;
    link->prev = head->prev;
    head->prev->next = link;
    head->prev = link;
}

/* Take a link out of whatever list it is in, if any. */
static inline void list_remove(struct list *link)
{
    if (link->next) {
        link->next->prev = link->prev;
        link->prev->next = link->next;
        link->next = link->prev = NULL;
    }
}

static inline bool list_linked(const struct list *link)
{
    return link->next != NULL;
}

/* The first link, or NULL. */
static inline struct list *list_first(const struct list *head)
{
    return list_empty(head) ? NULL : head->next;
}
