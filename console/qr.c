#include "console/qr.h"

#include <errno.h>
#include <qrencode.h>

#include "lib/err.h"

#define QUIET 2 /* modules around it; the standard's four are read by few */

/* Outside of the picture is light, like the paper that a code is printed on. */
static int is_light(const QRcode *q, int x, int y)
{
    return x < 0 || y < 0 || x >= q->width || y >= q->width || !(q->data[y * q->width + x] & 1);
}

int qr_draw(const char *text, struct buf *out)
{
    static const char *const blocks[4] = {" ", "\xe2\x96\x84", "\xe2\x96\x80", "\xe2\x96\x88"}; /* nothing, lower, upper, both light */
    QRcode *q = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    int rc = q ? MM_OK : errno == ENOMEM ? MM_ENOMEM : MM_ELIMIT;

    for (int y = -QUIET; !rc && y < q->width + QUIET; y += 2) {
        for (int x = -QUIET; !rc && x < q->width + QUIET; x++)
            rc = buf_adds(out, blocks[2 * is_light(q, x, y) + is_light(q, x, y + 1)]);
        if (!rc)
            rc = buf_adds(out, "\n");
    }
    QRcode_free(q);
    return rc;
}
