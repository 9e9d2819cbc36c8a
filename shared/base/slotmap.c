/* See slotmap.h. id = generation << 32 | index + 1. */
#include "slotmap.h"

#include "check.h"
#include "mem.h"

static struct slotmap_slot *slot_of(const struct slotmap *m, uint64_t id)
{
    uint32_t index = (uint32_t)(id & UINT32_MAX);
    if (index == 0 || index > m->n) {
        return NULL;
    }
    struct slotmap_slot *slot = &m->slots[index - 1];
    return slot->value && slot->generation == (uint32_t)(id >> 32) ? slot : NULL;
}

static bool grow(struct slotmap *m)
{
    uint32_t cap = m->cap ? m->cap * 2 : 16;
    if (cap > 1u << SLOTMAP_INDEX_BITS) {
        return false;
    }
    struct slotmap_slot *slots = mem_realloc(m->slots, cap * sizeof *slots);
    if (!slots) {
        return false;
    }
    m->slots = slots;
    m->cap = cap;
    return true;
}

uint64_t slotmap_put(struct slotmap *m, void *value)
{
    uint32_t index;
    CHECK(value);
    if (m->free_head) {
        index = m->free_head - 1;
        m->free_head = m->slots[index].next_free;
    } else {
        if (m->n == m->cap && !grow(m)) {
            return 0;
        }
        index = m->n++;
        m->slots[index].generation = 1;
    }
    m->slots[index].value = value;
    return (uint64_t)m->slots[index].generation << 32 | (index + 1);
}

void *slotmap_get(const struct slotmap *m, uint64_t id)
{
    struct slotmap_slot *slot = slot_of(m, id);
    return slot ? slot->value : NULL;
}

void slotmap_remove(struct slotmap *m, uint64_t id)
{
    struct slotmap_slot *slot = slot_of(m, id);
    CHECK(slot);
    slot->value = NULL;
    slot->generation++;
    slot->next_free = m->free_head;
    m->free_head = (uint32_t)(slot - m->slots) + 1;
}

void slotmap_fini(struct slotmap *m)
{
    mem_free(m->slots);
    *m = (struct slotmap){0};
}
