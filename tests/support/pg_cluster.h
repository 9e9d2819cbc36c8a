/* A private PostgreSQL for a unit test, kept by tests/support/pg_cluster.py, which says what it can be told. Every failure of it fails the
 * test.
 */
#pragma once

#define PG_URL_BYTES 512

struct pg_cluster;

/* Make and start one. Owns: pg_cluster_free ends it. */
struct pg_cluster *pg_cluster_new(void);
void pg_cluster_free(struct pg_cluster *c);
/* The URL of one more empty database; by TCP, with a password, when tcp. */
void pg_cluster_database(struct pg_cluster *c, int tcp, char url[PG_URL_BYTES]);
/* Give it a command ("stop immediate", "pause") and wait until it is done. */
void pg_cluster_tell(struct pg_cluster *c, const char *command);
