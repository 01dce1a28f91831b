/* Enrolment: `mimamorid --enrol CODE` (docs/protocol.md).
 *
 * The network part runs in a child that has core's uid and lock-down.  It
 * makes the device's key, and sends nothing before the server has shown a
 * chain that ends in the very CA whose SHA-256 the code names.  It leaves
 * STATE/core/{device.key,device.crt,ca.pem,enrolled.json}; root's part writes
 * STATE/guard/command-keys.json {"agent_id","command_keys":[{"keyid","public"}]},
 * which only the guard reads.  The server must send its CA certificate in the
 * chain, unless [console] ca= names a file that holds it. */
#ifndef MM_AGENT_REPORT_ENROL_H
#define MM_AGENT_REPORT_ENROL_H

#include <stdio.h>

#include "lib/agent_config.h"

/* Blocking, a minute at most.  Says on `out` what was done or what is wrong.
 * MM_EFORMAT, MM_ECRYPTO (code, pin or certificate), MM_EDENIED (the console refused), MM_EIO ...;
 * an enrolment that was there stays as it was on any failure. */
int enrol_run(const struct agent_config *c, const char *code, FILE *out);

#endif
