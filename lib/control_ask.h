/* The blocking client of the control socket.  Everything has a time limit. */
#ifndef MM_LIB_CONTROL_ASK_H
#define MM_LIB_CONTROL_ASK_H

#include <jansson.h>

#define ASK_STATUS_MS 5000   /* an agent that needs longer for its status does not answer */
#define ASK_EVENTS_MS 15000  /* a journal on a slow disk */

/* Connect to RUN/control.sock.  MM_OK, MM_ECLOSED (nobody there), MM_ETIMEOUT,
 * MM_EDENIED, MM_ELIMIT (path too long).  The caller closes *fd. */
int ask_open(const char *run_dir, int *fd);
/* Send one request; takes a reference of `args` away (NULL: none). */
int ask_send(int fd, const char *verb, json_t *args);
/* Receive one answer into *answer (a new reference).  ms < 0: wait for ever.
 * MM_ECLOSED, MM_ETIMEOUT, MM_EFORMAT. */
int ask_receive(int fd, int ms, json_t **answer);
/* Connect, ask, receive, close. */
int ask(const char *run_dir, const char *verb, json_t *args, int ms, json_t **answer);

#endif
