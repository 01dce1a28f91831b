/* A QR code in a terminal: half a character a module, light on dark as terminals usually are, with its quiet zone. */
#ifndef MM_CONSOLE_QR_H
#define MM_CONSOLE_QR_H

#include "lib/buf.h"

/* Append the picture of `text` (UTF-8 lines).  MM_ELIMIT: too long for one; MM_ENOMEM. */
int qr_draw(const char *text, struct buf *out);

#endif
