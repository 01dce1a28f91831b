/* TLS as old boxes speak it, for this process only. */
#ifndef MM_AGENT_WATCH_GATEWAY_TLS_LOOSE_H
#define MM_AGENT_WATCH_GATEWAY_TLS_LOOSE_H

#include <openssl/ssl.h>

/* Let `ctx` talk to anything: TLS 1.0 and later, every cipher that authenticates and encrypts, security level 0 (1024-bit keys, SHA-1),
 * servers without secure renegotiation, an end without close_notify; no certificate is verified.
 *
 * Nothing secret is sent over these connections and nothing that comes back is believed: the point is to
 * hear which box answers, and the oldest are those that matter most.  No other process of ours calls this. */
void tls_loosen(SSL_CTX *ctx);

struct talk;
/* Note in `t` whose key the server of this handshake shows (talk.h: shown, key); `t` outlives `ctx`.  Whatever it is, the
 * handshake goes on. */
void tls_listen(SSL_CTX *ctx, struct talk *t);

#endif
