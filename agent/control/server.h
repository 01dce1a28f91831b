/* The local control socket: RUN/control.sock, on the core's libuv loop.
 *
 * Edge only: accepts, reads peer credentials, cuts frames, hands requests to
 * control_handle (verbs.h) and writes its answers.  Owns the clients and their
 * buffers; bounded in number, in bytes and in time (limits.h).  One request of
 * a client is handled at a time; what it sends meanwhile waits in the kernel.
 *
 * Who makes the socket: control_listen, called by whoever may write to RUN
 * (the guard, before it starts core; it may hand the descriptor to every core
 * that it starts).  Not thread-safe: loop thread only. */
#ifndef MM_AGENT_CONTROL_SERVER_H
#define MM_AGENT_CONTROL_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "agent/control/verbs.h"

struct uv_loop_s;
struct control_server;

struct control_listener {
    int fd;       /* bound and listening, non-blocking, close-on-exec */
    int lock_fd;  /* RUN/control.lock, held as long as this agent lives; close-on-exec */
};

/* Take RUN/control.lock, remove a stale socket, bind RUN/control.sock with mode
 * 0666 (who may do what is decided per verb) and listen.  MM_EEXIST: another
 * agent runs with this run directory.  On error `message` says what and where. */
int control_listen(const char *run_dir, struct control_listener *out, char *message, size_t message_size);
/* Remove the socket, close both descriptors. */
void control_unlisten(struct control_listener *l, const char *run_dir);

struct control_options {
    struct uv_loop_s *loop;
    int listen_fd;                   /* of control_listen; the server takes its own duplicate */
    int64_t group;                   /* gid of [roles] group=; -1: there is no such group, root only */
    const struct control_ops *ops;   /* lives longer than the server */
};

/* Accept clients from now on.  Ignores SIGPIPE for the process.  MM_OK, MM_ENOMEM, MM_EIO. */
int control_server_start(struct control_server **out, const struct control_options *options);
/* Close every client and the socket; memory is freed by the loop's later turns
 * (run it until uv_loop_close succeeds).  `s` may be NULL and is gone after the call. */
void control_server_stop(struct control_server *s);

/* The guard answered the acting request `ticket`.  Unknown tickets (the client left) are ignored. */
void control_server_result(struct control_server *s, uint64_t ticket, const struct op_result *result);
/* The guard cannot be asked any more (it is gone, core restarts): answer all that wait with `err`. */
void control_server_fail(struct control_server *s, int err);
/* An event is durable: tell the watchers.  `json` is its OCSF object. */
void control_server_event(struct control_server *s, uint64_t sequence, const char *json, size_t n);

#endif
