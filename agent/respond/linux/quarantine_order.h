/* The durable form of a quarantine order, and its nft script; pure. */
#ifndef MM_AGENT_RESPOND_LINUX_QUARANTINE_ORDER_H
#define MM_AGENT_RESPOND_LINUX_QUARANTINE_ORDER_H

#include "agent/respond/quarantine.h"
#include "lib/buf.h"

/* Appends the order as one line of JSON; a text of it that is not UTF-8 is left out.  MM_ENOMEM, MM_ELIMIT. */
int quarantine_order_print(const struct quarantine_order *o, struct buf *out);
/* MM_EFORMAT when it is not an order. */
int quarantine_order_parse(const char *text, size_t n, struct quarantine_order *out);
/* The script for nft -f -: replaces the whole table in one transaction. */
int quarantine_script(const struct quarantine_order *o, struct buf *out);

#endif
