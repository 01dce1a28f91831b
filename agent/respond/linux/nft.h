/* One run of the nft program: absolute path, empty environment, script on
 * standard input, output kept up to a bound, killed after a time box. */
#ifndef MM_AGENT_RESPOND_LINUX_NFT_H
#define MM_AGENT_RESPOND_LINUX_NFT_H

#include "lib/buf.h"

#define NFT "/usr/sbin/nft"

/* Run nft with `argv` (NULL-terminated, argv[0] is NFT).  `input` may be
 * NULL; `output` (may be NULL) gets standard output.  MM_OK when it exited 0;
 * MM_ENOTFOUND: no nft on this host; MM_ETIMEOUT; MM_ELIMIT; MM_EIO. */
int nft_run(char *const argv[], const char *input, struct buf *output);

#endif
