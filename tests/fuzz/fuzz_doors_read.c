/* Items of a survey, and a register on disk: the first byte chooses. */
#include <stdint.h>
#include <stdlib.h>

#include "agent/detect/doors_json.h"
#include "agent/detect/doors_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1795910400)

static void use(struct doors *d, struct basics *p)
{
    json_t *o;

    doors_judge(d, NULL, NOW);
    o = doors_json(d, NOW, false, LIM_DOOR_ADVISORIES);
    if (!o)
        abort(); /* whatever was taken can be told */
    json_decref(o);
    o = posture_json(p, NOW);
    if (!o || json_array_size(json_object_get(o, "articles")) != BASICS_ARTICLES)
        abort();
    json_decref(o);
    o = doors_save(d, p, LIM_DOOR_ADVISORIES);
    if (!o)
        abort();
    json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct basics posture;
    struct doors doors;

    if (!size || basics_init(&posture))
        return 0;
    doors_init(&doors);
    if (data[0] & 1) {
        json_t *saved = json_loadb((const char *)data + 1, size - 1, 0, NULL);

        if (saved)
            (void)doors_load(saved, &doors, &posture);
        json_decref(saved);
    } else {
        (void)doors_read(&doors, &posture, (const char *)data + 1, size - 1, NOW);
    }
    use(&doors, &posture);
    doors_fini(&doors);
    basics_fini(&posture);
    return 0;
}
