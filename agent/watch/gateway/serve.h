/* The probe's side of its socket: takes targets and questions, runs the round, sends the answers. */
#ifndef MM_AGENT_WATCH_GATEWAY_SERVE_H
#define MM_AGENT_WATCH_GATEWAY_SERVE_H

/* Serve `sock` (lib/os/frame.h) until the peer closes it: PROBE_TARGET and PROBE_ASK are collected, PROBE_GO runs the
 * round, answers go out as PROBE_ANSWER (its bytes a sealed memory file) and PROBE_PORT, PROBE_DONE ends it; then the
 * next round may begin, with targets and questions of its own.  Blocking; returns MM_OK when the peer closed, or the error that
 * ended it: MM_ELIMIT more than LIM_GATEWAYS targets or LIM_GATEWAY_ASKS questions, MM_EFORMAT a frame that makes no
 * sense (an address that is not numeric, an unknown source), MM_ETIMEOUT a peer that does not read.  `sock` stays the caller's. */
int probe_serve(int sock);

#endif
