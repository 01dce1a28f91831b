#include "lib/control_frame.h"

#include "lib/err.h"
#include "lib/limits.h"

int control_frame_put(struct buf *out, const char *json, size_t n)
{
    const unsigned char head[CONTROL_FRAME_HEAD] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
                                                    (unsigned char)(n >> 8), (unsigned char)n};
    size_t before = out->len;
    int rc;

    if (n == 0 || n > LIM_CONTROL_FRAME)
        return MM_ELIMIT;
    rc = buf_add(out, head, sizeof head);
    if (rc)
        return rc;
    rc = buf_add(out, json, n);
    if (rc) {
        out->len = before;
        out->data[before] = '\0';
    }
    return rc;
}

int control_frame_get(const char *data, size_t len, size_t max, size_t *n)
{
    const unsigned char *p = (const unsigned char *)data;
    size_t length;

    if (len < CONTROL_FRAME_HEAD)
        return MM_EAGAIN;
    length = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (length == 0 || length > max)
        return MM_EFORMAT;
    if (len - CONTROL_FRAME_HEAD < length)
        return MM_EAGAIN;
    *n = length;
    return MM_OK;
}
