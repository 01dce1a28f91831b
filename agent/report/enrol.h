/* Enrolment: `mimamorid --enrol CODE` (docs/protocol.md).
 *
 * The network part runs in a child that has core's uid and lock-down.  It
 * makes the device's key, and sends nothing before the server has shown a
 * chain that ends in the very CA whose SHA-256 the code names.  It leaves
 * STATE/core/{device.key,device.crt,ca.pem,enrolled.json}; root's part writes
 * STATE/guard/command-keys.json {"agent_id","command_keys":[{"keyid","public"}]},
 * which only the guard reads.  The server must send its CA certificate in the
 * chain, unless [console] ca= names a file that holds it.
 *
 * The key is durable before the console is asked, and names its code: whatever is lost after that - the answer, the network,
 * this process - the same code again comes to the same end, for a while (docs/protocol.md). */
#ifndef MM_AGENT_REPORT_ENROL_H
#define MM_AGENT_REPORT_ENROL_H

#include <stdio.h>

#include "lib/agent_config.h"

/* Blocking, a minute at most.  Says on `out` what was done or what is wrong.  `kept`: NULL, or the path of a device.key.new
 * that was kept elsewhere (installer/steps.c); used when it is there and was made for this code.
 * MM_EFORMAT, MM_ECRYPTO (code, pin or certificate), MM_EIO ...: nothing was asked; MM_EDENIED: the console refused, and this key
 * is of no more use; MM_EAGAIN: the console may have taken the code, and gives its answer again to the same key.
 * An enrolment that was there stays as it was, but for MM_EAGAIN, which asks for the same code again. */
int enrol_run(const struct agent_config *c, const char *code, const char *kept, FILE *out);

#endif
