#include "agent/watch/host/clamav.h"

#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/posture.h"
#include "lib/err.h"

#define MAGIC "ClamAV-VDB:"
#define EPOCH_MAX 253402300799L /* 9999-12-31 */

/* "16 Sep 2021 08-32 -0400": the clock has '-' because ':' divides the fields. */
static int64_t build_time(char *text)
{
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char *word[5], *rest = text, *minute;
    const char *month;
    long zone = 0;
    int64_t t;

    for (size_t i = 0; i < 5; i++) {
        word[i] = posture_word(&rest);
        if (!word[i] && i < 4)
            return -1;
    }
    month = strlen(word[1]) == 3 ? strstr(MONTHS, word[1]) : NULL;
    minute = strchr(word[3], '-');
    if (!month || (month - MONTHS) % 3 || !minute)
        return -1;
    *minute++ = '\0';
    t = posture_time((int)posture_number(word[2], 9999), (int)((month - MONTHS) / 3) + 1, (int)posture_number(word[0], 31),
                     (int)posture_number(word[3], 23), (int)posture_number(minute, 59), 0);
    if (t < 0)
        return -1;
    if (word[4] && (*word[4] == '+' || *word[4] == '-')) {
        zone = posture_number(word[4] + 1, 1400);
        if (zone < 0)
            return -1;
        zone = (zone / 100 * 60 + zone % 100) * 60 * (*word[4] == '-' ? -1 : 1);
    }
    return t - zone;
}

int clamav_header(const char *bytes, size_t n, struct clamav_header *out)
{
    char text[CLAMAV_HEADER + 1], *field[8] = {0}, *at = text + strlen(MAGIC);
    struct clamav_header got;
    long version, signatures, stime;

    if (n < CLAMAV_HEADER || memcmp(bytes, MAGIC, strlen(MAGIC)))
        return MM_EFORMAT;
    memcpy(text, bytes, CLAMAV_HEADER);
    text[CLAMAV_HEADER] = '\0';
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        size_t length = strcspn(at, ":");

        field[i] = at;
        if (!at[length])
            break;
        at[length] = '\0';
        at += length + 1;
    }
    if (!field[2])
        return MM_EFORMAT;
    version = posture_number(field[1], 1L << 30);
    signatures = posture_number(field[2], 1L << 31);
    /* the eighth field repeats the time as seconds; old files lack it */
    stime = field[7] ? posture_number(posture_trim(field[7]), EPOCH_MAX) : -1;
    got.built = build_time(field[0]);
    if (got.built < 0)
        got.built = stime;
    if (version < 0 || signatures < 0 || got.built <= 0)
        return MM_EFORMAT;
    got.version = (unsigned)version;
    got.signatures = (unsigned)signatures;
    *out = got;
    return MM_OK;
}

/* "2023:05:09 20:40:01" */
static int64_t scan_time(char *text)
{
    static const char DIVIDE[] = ":: ::";
    long part[6];

    text = posture_trim(text);
    for (size_t i = 0; i < 6; i++) {
        size_t n = strspn(text, "0123456789");
        char end = text[n];

        if (!n || (i < 5 && end != DIVIDE[i]))
            return -1;
        text[n] = '\0';
        part[i] = posture_number(text, 9999);
        text += n + (end != '\0');
    }
    return posture_time((int)part[0], (int)part[1], (int)part[2], (int)part[3], (int)part[4], (int)part[5]);
}

int64_t clamav_last_scan(char *log)
{
    bool summary = false;
    int64_t newest = 0;
    char *line;

    while ((line = survey_line(&log))) {
        if (strstr(line, "SCAN SUMMARY"))
            summary = true;
        else if (summary && !strncmp(line, "End Date:", strlen("End Date:"))) {
            int64_t t = scan_time(line + strlen("End Date:"));

            newest = t > newest ? t : newest;
        }
    }
    return newest ? newest : summary ? -1 : 0;
}
